using Kombo.Core.Runs;
using Kombo.Storage.Events;
using Kombo.Storage.Registry;
using Kombo.Storage.Runs;

namespace Kombo.Storage.Tests.Support;

/// <summary>Events of one integration in a test.</summary>
public sealed class Events(StorageFixture fixture, Scenario here)
{
    int delivered;

    public string IntegrationId => here.IntegrationId;

    /// <summary>The registry knows the integration.</summary>
    public static async Task<Events> OfAsync(StorageFixture fixture, Scenario here)
    {
        await fixture.RegisterAsync(here.IntegrationId);
        return new(fixture, here);
    }

    public Task<Received> ReceiveAsync(params UpstreamEvent[] events) =>
        fixture.Database.Events.ReceiveAsync(here.IntegrationId, events, CancellationToken.None);

    /// <summary>One event for each of these employees.</summary>
    public Task<Received> TellAsync(params string[] remoteIds) => ReceiveAsync(
        [.. remoteIds.Select(id => new UpstreamEvent($"event {++delivered}", "hris_employees", id, null))]);

    public async Task<WaitingEvents?> WaitingAsync() => (await fixture.Database.Events.WaitingAsync(CancellationToken.None))
        .SingleOrDefault(waiting => waiting.IntegrationId == here.IntegrationId);

    public async Task<IReadOnlyList<TakenEvents>> TakeAsync(RunHandle run, int most = 100) =>
        await fixture.Database.PendingEvents.TakeAsync(run, most, await here.NowAsync(), CancellationToken.None);

    public Task SettleAsync(RunHandle run, EventEnd end, params TakenEvents[] taken) => fixture.Database.PendingEvents.SettleAsync(
        run, [.. taken.Select(one => new EventSettlement(one.Ids, end))], CancellationToken.None);

    /// <summary>Each as "state attempts reason", in the order in which they came.</summary>
    public Task<IReadOnlyList<string>> StatesAsync() => fixture.ListAsync<string>(
        """
        select concat_ws(' ', state, attempts, reason) from kombo.upstream_events where integration_id = @IntegrationId order by id
        """,
        new { here.IntegrationId });

    public Task DueNowAsync() => fixture.ExecuteAsync(
        "update kombo.upstream_events set due_at = clock_timestamp() where integration_id = @IntegrationId and closed_at is null",
        new { here.IntegrationId });
}

static class Registered
{
    /// <param name="uid">By default that of the runs of a scenario.</param>
    public static Task RegisterAsync(this StorageFixture fixture, string integrationId, string uid = "uid-1") => fixture.Database.Registry.UpsertAsync(
        new IntegrationRow
        {
            IntegrationId = integrationId,
            Namespace = "default",
            Name = "acme",
            Uid = uid,
            Connector = "sandbox",
            State = "ACTIVE",
        },
        CancellationToken.None);
}
