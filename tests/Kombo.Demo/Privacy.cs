namespace Kombo.Demo;

/// <summary>What was not asked for is nowhere in the database.</summary>
sealed class Privacy(Stage stage, Story story)
{
    // As tests/Kombo.Sandbox plants them: free text holds the word, and every day of birth is in 1911.
    static readonly string[] Canaries = ["canary", "1911-[0-9]{2}-[0-9]{2}"];

    static readonly string[] NotStored =
    [
        "avatar", "ssn", "tax_id", "bank_accounts", "date_of_birth", "gender", "ethnicity", "marital_status",
        "nationality", "home_address",
        "personal_email", "mobile_phone_number",
    ];

    public async Task TellAsync(CancellationToken cancellationToken)
    {
        await story.StepAsync(
            "privacy", "a field outside the scope and the sensitive fields are in no table", SearchAsync);
        cancellationToken.ThrowIfCancellationRequested();
    }

    async Task SearchAsync()
    {
        var tables = await stage.Mirror.TablesAsync();
        var control = await stage.Mirror.TablesWithAsync("@sandbox.example");
        Story.Check(control.Contains("hris_employees"), "the search does not even find the work e-mail addresses");
        foreach (var canary in Canaries)
        {
            var found = await stage.Mirror.TablesWithAsync(canary);
            Story.Check(found.Count == 0, $"\"{canary}\" was found in {string.Join(", ", found)}");
        }

        foreach (var column in NotStored)
            Story.Check(
                await stage.Mirror.CountAsync("hris_employees", $"{column} is not null") == 0,
                $"kombo.hris_employees.{column} has values");
        Story.Say($"all rows of all {tables.Count} tables were searched, and {NotStored.Length} columns are empty");
    }
}
