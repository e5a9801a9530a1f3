using System.Globalization;
using System.Text.Json.Nodes;

namespace Kombo.Demo;

/// <summary>A new Integration is read from end to end, and its rows are there before the end.</summary>
sealed class FirstSync(Stage stage, Story story)
{
    const int PagesBeforeTheHold = 5;

    static readonly (string Table, string Collection)[] Models =
    [
        ("hris_employees", "employees"), ("hris_teams", "teams"), ("hris_join_employees_teams", "memberships"),
        ("hris_locations", "locations"), ("hris_employments", "employments"), ("hris_absence_types", "absence-types"),
        ("hris_absences", "absences"),
    ];

    public async Task TellAsync(CancellationToken cancellationToken)
    {
        await story.StepAsync(
            "rows while it runs", "rows are visible before the first full sync has ended", ReadWhileItRunsAsync);
        cancellationToken.ThrowIfCancellationRequested();
        await story.StepAsync(
            "first full sync", "every employee, team, membership, location, employment and absence is mirrored",
            ReadAllAsync);
        cancellationToken.ThrowIfCancellationRequested();
    }

    async Task ReadWhileItRunsAsync()
    {
        var employees = await stage.Sandbox.CountAsync("employees");
        await stage.Sandbox.ControlAsync(
            "hold", new JsonObject { ["collection"] = "employees", ["passes"] = PagesBeforeTheHold });
        Story.Say($"the sandbox has {employees} employees and will hold their pages after {PagesBeforeTheHold}");
        stage.Manifests.WriteAll();
        await stage.StartAsync();
        await stage.Status.WaitAsync(async () => await stage.Sandbox.HeldAsync() > 0, "the page is asked for");
        await stage.Status.WaitAsync(
            async () => await stage.Mirror.CountAsync("hris_employees") > 0, "rows are visible");
        var visible = await stage.Mirror.CountAsync("hris_employees");
        var status = await stage.Status.WaitAsync(
            status => status.Active?.Full is not null, "the full sync is shown as running");
        Story.Check(
            status.History is null or { IsEmpty: true }, "the first sync has ended although its pages are held");
        Story.Check(visible < employees, $"{visible} employees are visible although only {PagesBeforeTheHold} pages were given out");
        Story.Say(
            string.Create(
                CultureInfo.InvariantCulture, $"{visible:N0} employees can be read while the next page is still held"));
        await stage.ShowAsync("get");
        await stage.Sandbox.ControlAsync("release");
    }

    async Task ReadAllAsync()
    {
        await stage.Status.WaitAsync(
            status => StatusView.Finished(status, "full").Any(run => run.Result == "Succeeded"),
            "the first full sync succeeds");
        foreach (var (table, collection) in Models)
        {
            var mirrored = await stage.Mirror.CountAsync(table, "remote_deleted_at is null");
            var expected = await stage.Sandbox.CountAsync(collection);
            Story.Check(
                mirrored == expected, $"kombo.{table} has {mirrored} rows; the source has {expected} {collection}");
            Story.Say(string.Create(CultureInfo.InvariantCulture, $"{mirrored,7:N0} rows in {table}"));
        }

        var managed = await stage.Mirror.CountAsync(
            "hris_employees e join kombo.hris_employees m on m.integration_id = e.integration_id and m.id = e.manager_id");
        Story.Check(managed == await stage.Sandbox.CountAsync("employees") - 1, $"only {managed} employees have a manager that is there");
    }
}
