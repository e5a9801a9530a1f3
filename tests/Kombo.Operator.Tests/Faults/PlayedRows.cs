using System.Text.Json;
using Dapper;
using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Storage;
using Kombo.Storage.Runs;
using Npgsql;

namespace Kombo.Operator.Tests.Faults;

/// <summary>A database, with what the API and workers write into it.</summary>
sealed class PlayedRows(KomboDatabase database, string connectionString)
{
    const string PauseSql = "update kombo.integrations set paused_by_api = @paused where integration_id = @integrationId";

    // As a webhook run that has read them all.
    const string CloseEventsSql = """
        update kombo.upstream_events set state = 'done', closed_at = clock_timestamp()
         where integration_id = @integrationId and closed_at is null
        """;

    public KomboDatabase Database => database;

    /// <summary>As the API switches syncs off and on.</summary>
    public Task PauseAsync(string integrationId, bool paused) => ExecuteAsync(PauseSql, new { integrationId, paused });

    /// <summary>As the API receives one of a source.</summary>
    public Task TellAsync(string integrationId, string eventId) => database.Events.ReceiveAsync(
        integrationId, [new(eventId, "hris_employees", "1", null)], CancellationToken.None);

    /// <summary>Its worker takes the lease.</summary>
    public async Task BeginAsync(V1Job job)
    {
        if (await database.Runs.StartAsync(RequestOf(job), job.Name(), CancellationToken.None) is RunStart.Started started)
            await started.Handle.DisposeAsync(); // nobody renews it, and it outlives the test
    }

    /// <summary>Its worker closes the row, and the events that the run was for.</summary>
    public async Task EndAsync(V1Job job, RunResult result)
    {
        var request = RequestOf(job);
        if (request.Type == SyncType.Webhook && result == RunResult.Succeeded)
            await ExecuteAsync(CloseEventsSql, new { request.IntegrationId });
        await database.Registry.CloseRunAsync(
            new Decision.CloseRunRow(request.RunId, result, result.ToString(), ""), CancellationToken.None);
    }

    public static RunRequest RequestOf(V1Job job) => JsonSerializer.Deserialize(
        job.Spec!.Template!.Spec!.Containers![0].Env!.Single(one => one.Name == WorkerEnvironment.Run).Value!,
        RunJson.Default.RunRequest)!; // every Job of ours has one

    async Task ExecuteAsync(string sql, object parameters)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.ExecuteAsync(new CommandDefinition(sql, parameters));
    }
}
