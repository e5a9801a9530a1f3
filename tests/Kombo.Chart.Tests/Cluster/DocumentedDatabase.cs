using Kombo.Testing;
using Npgsql;

namespace Kombo.Chart.Tests.Cluster;

/// <summary>The database and the users that docs/installation.md has an administrator make, under names of its own.</summary>
sealed class DocumentedDatabase : IAsyncDisposable
{
    const string Begin = "<!-- roles -->\n```sql\n";
    const string DuplicateRole = PostgresErrorCodes.DuplicateObject;

    readonly string administrator;
    readonly string suffix = Guid.NewGuid().ToString("N")[..8];

    DocumentedDatabase(string administrator) => this.administrator = administrator;

    public string Owner => Connection("kombo_migration", "migration-password");
    public string Operator => Connection("kombo_operator", "operator-password");
    public string Worker => Connection("kombo_worker", "worker-password");

    string Name => $"kombo_{suffix}";

    public static async Task<DocumentedDatabase> CreateAsync(PostgresFixture postgres)
    {
        var database = new DocumentedDatabase(await postgres.CreateDatabaseAsync());
        var page = await File.ReadAllTextAsync(RepositoryRoot.Combine("docs", "installation.md"));
        var from = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        foreach (var statement in page[from..page.IndexOf("```", from, StringComparison.Ordinal)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            await database.ExecuteAsync(database.Own(statement));
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        await ExecuteAsync($"drop database {Name} with (force)");
        foreach (var user in new[] { "kombo_migration", "kombo_operator", "kombo_worker" })
            await ExecuteAsync(Own($"drop role {user}"));
    }

    string Own(string statement) => statement
        .Replace("kombo_migration", $"kombo_migration_{suffix}", StringComparison.Ordinal)
        .Replace("kombo_operator", $"kombo_operator_{suffix}", StringComparison.Ordinal)
        .Replace("kombo_worker", $"kombo_worker_{suffix}", StringComparison.Ordinal)
        .Replace("database kombo ", $"database {Name} ", StringComparison.Ordinal);

    string Connection(string user, string password) =>
        new NpgsqlConnectionStringBuilder(administrator) { Database = Name, Username = $"{user}_{suffix}", Password = password }.ConnectionString;

    async Task ExecuteAsync(string statement)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(administrator) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection);
        try
        {
            await command.ExecuteNonQueryAsync();
        }
        catch (PostgresException exists) when (exists.SqlState == DuplicateRole && statement.EndsWith("nologin;", StringComparison.Ordinal))
        {
            // A group role belongs to the server: another test's migration has made it.
        }
    }
}
