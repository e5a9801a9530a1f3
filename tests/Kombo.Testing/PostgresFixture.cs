using System.Collections.Concurrent;
using Npgsql;
using Xunit;

namespace Kombo.Testing;

/// <summary>
/// Fresh databases on one private PostgreSQL server for each test process, started when the first is asked for and gone
/// with the process; or on the server that KOMBO_TEST_POSTGRES (a connection string whose user may create databases) names.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(5);
    static readonly Lazy<Task<string>> Server = new(StartServerAsync);

    readonly ConcurrentBag<string> databases = [];

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>An empty database; it is dropped with the fixture.</summary>
    /// <returns>Its connection string, of a user who may do everything.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var server = await Server.Value;
        var name = $"kombo_test_{Guid.NewGuid():N}";
        databases.Add(name);
        await ExecuteAsync(server, $"create database {name}");
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
    }

    public async Task DisposeAsync()
    {
        foreach (var name in databases)
            await ExecuteAsync(await Server.Value, $"drop database if exists {name} with (force)");
    }

    static async Task<string> StartServerAsync()
    {
        if (Environment.GetEnvironmentVariable("KOMBO_TEST_POSTGRES") is { Length: > 0 } given)
            return given;
        Requirements.Demand(Need.Postgres);
        // Not below the user's home: as root the server runs as another user, who may not enter it.
        var folder = Directory.CreateTempSubdirectory("kombo-postgres-").FullName;
        var printed = await ChildProcess.RunAsync(
            new ChildProcessStart
            {
                Program = RepositoryRoot.Combine("build", "postgres.sh"),
                Arguments = ["start", folder, "--fast", "--temporary", "--parent", $"{Environment.ProcessId}"],
            },
            StartDeadline);
        const string prefix = "connection=";
        var connection = printed.Split('\n').First(line => line.StartsWith(prefix, StringComparison.Ordinal))[prefix.Length..];
        return new NpgsqlConnectionStringBuilder(connection) { IncludeErrorDetail = true }.ConnectionString;
    }

    static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
