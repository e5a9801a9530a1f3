using System.Collections.Immutable;
using System.Text.Json;
using Kombo.Core.Runs;
using Kombo.Testing;
using Npgsql;

namespace Kombo.Worker.Tests.Processes;

/// <summary>A migrated database and a sandbox HR system, for the tests of one class; each test has an integration of its own.</summary>
public sealed class WorkerWorld : IAsyncLifetime
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    readonly PostgresFixture postgres = new();
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kombo-worker-tests-");
    SandboxProcess? sandbox;
    int integrations;

    public string Connection { get; private set; } = "";

    internal SandboxProcess Sandbox => sandbox ?? throw new InvalidOperationException("the sandbox was not started");

    public async Task InitializeAsync()
    {
        if (Requirements.SkipReason(Need.Postgres) is not null)
            return;
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "token"), SandboxProcess.Token + "\n");
        sandbox = await SandboxProcess.StartAsync(employees: 1000);
        Connection = await postgres.CreateDatabaseAsync();
        (await MigrateAsync(Connection)).ShouldBe(0);
    }

    public async Task DisposeAsync()
    {
        if (sandbox is not null)
            await sandbox.DisposeAsync();
        await postgres.DisposeAsync();
        folder.Delete(recursive: true);
    }

    public Task<string> CreateDatabaseAsync() => postgres.CreateDatabaseAsync();

    /// <summary>Everything works, nothing is in the log.</summary>
    internal async Task ResetAsync()
    {
        await Sandbox.ControlAsync("clear", new { });
        await Sandbox.ClearRequestsAsync();
    }

    /// <summary>A run of an integration that no other test has.</summary>
    internal RunRequest Request(SyncType type = SyncType.Full) => new()
    {
        RunId = $"run-{Interlocked.Increment(ref integrations)}",
        Type = type,
        Trigger = "Manual",
        Namespace = "hr",
        Name = $"acme-{integrations}",
        Uid = $"uid-{integrations}",
        IntegrationId = $"sandbox:{integrations}",
        Connector = "sandbox",
        Parameters = ImmutableSortedDictionary<string, string>.Empty.Add("baseUrl", Sandbox.Address.ToString().TrimEnd('/')),
    };

    /// <summary>Runs a worker to its end.</summary>
    internal async Task<WorkerEnd> SyncAsync(RunRequest request, params (string Name, string? Value)[] environment)
    {
        await using var worker = Start(request, environment);
        return await worker.EndAsync(Deadline);
    }

    internal WorkerProcess Start(RunRequest request, params (string Name, string? Value)[] environment)
    {
        var log = Path.Combine(folder.FullName, $"{Guid.NewGuid():N}.termination");
        var variables = ImmutableDictionary<string, string?>.Empty
            .Add("KOMBO_RUN", JsonSerializer.Serialize(request, RunJson.Default.RunRequest))
            .Add("KOMBO_DATABASE_CONNECTION", Connection)
            .Add("KOMBO_CREDENTIALS", folder.FullName)
            .Add("KOMBO_ALLOWED_HOSTS", "127.0.0.0/8")
            .Add("KOMBO_TERMINATION_LOG", log)
            .Add("KOMBO_SOURCE_RETRIES", "1")
            .Add("KUBECONFIG", null)
            .Add("KUBERNETES_SERVICE_HOST", null);
        foreach (var (name, value) in environment)
            variables = variables.SetItem(name, value);
        var start = BuiltProgram.Worker.With(request.Type == SyncType.Purge ? "purge" : "sync") with { Environment = variables };
        return new WorkerProcess(ChildProcess.Start(start), log);
    }

    /// <returns>What it said.</returns>
    internal Task<string> PurgeDeletedAsync((string Name, string Value) variable) => ChildProcess.RunAsync(
        BuiltProgram.Worker.With("purge", "--deleted") with
        {
            Environment = ImmutableDictionary<string, string?>.Empty
                .Add("KOMBO_DATABASE_CONNECTION", Connection).Add(variable.Name, variable.Value),
        },
        Deadline);

    internal static async Task<int> MigrateAsync(string connection)
    {
        await using var process = ChildProcess.Start(BuiltProgram.Worker.With("migrate") with
        {
            Environment = ImmutableDictionary<string, string?>.Empty.Add("KOMBO_DATABASE_CONNECTION", connection),
        });
        return await process.WaitForExitAsync(Deadline);
    }

    /// <summary>Live rows of a table that belong to the request's integration.</summary>
    internal Task<long> LiveAsync(RunRequest request, string table) => QueryAsync<long>(
        $"select count(*) from kombo.{table} where integration_id = $1 and remote_deleted_at is null", request.IntegrationId);

    internal Task<long> DeletedAsync(RunRequest request, string table) => QueryAsync<long>(
        $"select count(*) from kombo.{table} where integration_id = $1 and remote_deleted_at is not null", request.IntegrationId);

    internal async Task<T> QueryAsync<T>(string sql, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(Connection);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return (T)(await command.ExecuteScalarAsync())!; // the statements of the tests return a value
    }
}
