using Npgsql;

namespace Kombo.Testing;

/// <summary>A PostgreSQL server of one test, which it may stop and start again; its data, its port and its password stay.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    readonly string folder;

    PostgresServer(string folder) => this.folder = folder;

    /// <summary>Of a user who may do everything, to an empty database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Starts a server that stops with this process at the latest.</summary>
    public static async Task<PostgresServer> StartNewAsync()
    {
        Requirements.Demand(Need.Postgres);
        // Not below the user's home: as root the server runs as another user, who may not enter it.
        var server = new PostgresServer(Directory.CreateTempSubdirectory("kombo-postgres-").FullName);
        await server.StartAsync();
        return server;
    }

    public async Task StartAsync()
    {
        var printed = await RunAsync("start", folder, "--fast", "--parent", $"{Environment.ProcessId}");
        const string prefix = "connection=";
        var connection = printed.Split('\n').First(line => line.StartsWith(prefix, StringComparison.Ordinal))[prefix.Length..];
        ConnectionString = new NpgsqlConnectionStringBuilder(connection) { IncludeErrorDetail = true }.ConnectionString;
    }

    /// <summary>Ends what is under way, as an administrator's restart does.</summary>
    public Task StopAsync() => RunAsync("stop", folder);

    public async ValueTask DisposeAsync() => await RunAsync("stop", folder, "--remove");

    static Task<string> RunAsync(params string[] arguments) => ChildProcess.RunAsync(
        new ChildProcessStart { Program = RepositoryRoot.Combine("build", "postgres.sh"), Arguments = [.. arguments] }, Deadline);
}
