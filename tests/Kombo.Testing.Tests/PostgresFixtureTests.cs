using Npgsql;

namespace Kombo.Testing;

public sealed class PostgresFixtureTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    [RequiresFact(Need.Postgres)]
    public async Task Each_database_is_fresh_and_its_user_may_do_everything()
    {
        var first = await postgres.CreateDatabaseAsync();
        var second = await postgres.CreateDatabaseAsync();

        await ExecuteAsync(first, "create table people (name text); create role somebody; drop role somebody");

        (await ExecuteAsync(first, "select to_regclass('people')::text")).ShouldBe("people");
        (await ExecuteAsync(second, "select to_regclass('people')::text")).ShouldBe(DBNull.Value);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_server_goes_with_the_process_it_was_started_for()
    {
        var folder = Directory.CreateTempSubdirectory("kombo-postgres-").FullName;
        await using var parent = ChildProcess.Start("sleep", "600");
        await RunScriptAsync("start", folder, "--fast", "--temporary", "--parent", $"{parent.Id}");
        File.Exists(Path.Combine(folder, "data", "postmaster.pid")).ShouldBeTrue();

        parent.Kill();

        await Eventually.BecomesAsync(() => !Directory.Exists(folder), Deadline);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_server_started_again_keeps_its_data_and_its_address()
    {
        var folder = Directory.CreateTempSubdirectory("kombo-postgres-").FullName;
        var first = await RunScriptAsync("start", folder);
        await ExecuteAsync(first["connection=".Length..], "create table people (name text)");
        await RunScriptAsync("stop", folder);
        NpgsqlConnection.ClearAllPools();

        var second = await RunScriptAsync("start", folder);

        second.ShouldBe(first);
        (await ExecuteAsync(second["connection=".Length..], "select to_regclass('people')::text")).ShouldBe("people");
        await RunScriptAsync("stop", folder, "--remove");
        Directory.Exists(folder).ShouldBeFalse();
    }

    static Task<string> RunScriptAsync(params string[] arguments) => ChildProcess.RunAsync(
        new ChildProcessStart { Program = RepositoryRoot.Combine("build", "postgres.sh"), Arguments = [.. arguments] }, Deadline);

    static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
