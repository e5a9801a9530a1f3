using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage;
using Kombo.Storage.Events;
using Kombo.Storage.Registry;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Worker.Tests.Processes;

/// <summary>Events and webhook runs of an integration.</summary>
static class ToldWorld
{
    /// <summary>An integration that was synced, and its employees' ids.</summary>
    /// <param name="guard">Null: the default.</param>
    public static async Task<(RunRequest Request, IReadOnlyList<string> Ids)> SyncedAsync(
        this WorkerWorld world, DeletionGuardSpec? guard = null)
    {
        await world.ResetAsync();
        var request = world.Request() with { DeletionGuard = guard };
        await using var database = world.Open();
        await database.Registry.UpsertAsync(
            new IntegrationRow
            {
                IntegrationId = request.IntegrationId,
                Namespace = request.Namespace,
                Name = request.Name,
                Uid = request.Uid,
                Connector = "sandbox",
                State = "ACTIVE",
            },
            CancellationToken.None);
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        await world.Sandbox.ClearRequestsAsync();
        var ids = await world.QueryAsync<string[]>(
            "select array_agg(remote_id order by remote_id) from kombo.hris_employees where integration_id = $1", request.IntegrationId);
        return (request, ids);
    }

    /// <summary>One event for each of these, with ids of their own.</summary>
    public static async Task TellAsync(this WorkerWorld world, RunRequest request, params (string? Model, string? RemoteId)[] told)
    {
        var before = await world.QueryAsync<long>(
            "select count(*) from kombo.upstream_events where integration_id = $1", request.IntegrationId);
        (await world.ReceiveAsync(request, [.. told.Select((one, n) => new UpstreamEvent($"{before + n}", one.Model, one.RemoteId, null))]))
            .ShouldBe(told.Length);
    }

    /// <returns>How many were new.</returns>
    public static async Task<int> ReceiveAsync(this WorkerWorld world, RunRequest request, params UpstreamEvent[] events)
    {
        await using var database = world.Open();
        return (await database.Events.ReceiveAsync(request.IntegrationId, events, CancellationToken.None)).New;
    }

    public static RunRequest Webhook(this RunRequest request, string suffix) =>
        request with { RunId = request.RunId + suffix, Type = SyncType.Webhook, Trigger = Triggers.Webhook };

    public static Task<WorkerEnd> WebhookAsync(this WorkerWorld world, RunRequest request, string suffix) =>
        world.SyncAsync(request.Webhook(suffix));

    /// <summary>Those that were put off are due now.</summary>
    public static Task<long> DueAsync(this WorkerWorld world, RunRequest request) => world.QueryAsync<long>(
        """
        with due as (update kombo.upstream_events set due_at = clock_timestamp() where integration_id = $1 returning 1)
        select count(*) from due
        """,
        request.IntegrationId);

    /// <summary>How many there are of each state.</summary>
    public static Task<string> EventsAsync(this WorkerWorld world, RunRequest request) => world.QueryAsync<string>(
        """
        select string_agg(state || ':' || n, ' ' order by state)
          from (select state, count(*) as n from kombo.upstream_events where integration_id = $1 group by state) s
        """,
        request.IntegrationId);

    /// <summary>A column of an employee.</summary>
    public static Task<string> TextAsync(this WorkerWorld world, RunRequest request, string remoteId, string column) =>
        world.QueryAsync<string>(
            $"select coalesce({column}::text, '-') from kombo.hris_employees where integration_id = $1 and remote_id = $2",
            request.IntegrationId, remoteId);

    public static Task<string> IdAsync(this WorkerWorld world, RunRequest request, string table, int number) => world.QueryAsync<string>(
        $"select remote_id from kombo.{table} where integration_id = $1 and remote_deleted_at is null order by remote_id offset $2 limit 1",
        request.IntegrationId, number);

    static KomboDatabase Open(this WorkerWorld world) => KomboDatabase.Open(world.Connection, NullLoggerFactory.Instance);
}
