using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Purging;
using Kombo.Storage.Registry;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests.Purging;

/// <summary>All of an integration goes with it.</summary>
public sealed class EverythingTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    static readonly PurgeOrder All =
        new() { Everything = true, IsNarrowed = _ => false, Retention = RetentionBounds.Default };

    [RequiresFact(Need.Postgres)]
    public async Task Nothing_is_left_but_what_says_what_became_of_it()
    {
        var one = new PurgeScenario(fixture);
        await RegisterAsync(one, "uid-1");
        await one.Here.SyncAsync(Rows.Employees, PurgeScenario.People(1500));
        await one.Here.SyncAsync(Rows.Teams, new Row("t1", ("name", "canary-team")));
        await one.Here.SyncAsync(Rows.Teams); // held back
        await one.Here.SyncUnstablyAsync(employees: 1); // the others are missed
        (await one.FindAsync("")).Keys.ShouldContain("missed_records");
        await using (var open = await one.Here.StartAsync())
        {
            await one.Here.WriteAsync(open, Rows.Employees, [], page => page with { Errors = [new("hris_employees", "e9", "x", "y")] });
            await fixture.Database.Rates.AskAsync(open, RateLimits.Default, CancellationToken.None);
        }

        (await one.FindAsync("")).Keys.ShouldContain("rate_budgets");
        await fixture.Database.Registry.CloseAsync("uid-1", CancellationToken.None);

        var end = await one.PurgeAsync(All, one.PurgeRequest(scope: null, everything: true));

        end.Result.ShouldBe("Succeeded");
        end.Counts.ShouldNotBeNull().Deleted.ShouldBe(1501);
        (await fixture.Database.Registry.MirroredIdentityAsync(one.Here.IntegrationId, CancellationToken.None))
            .ShouldBeNull("another source may have the id");
        (await one.FindAsync("")).Keys.ShouldBe(
            ["integrations", "scope_fences", "sync_leases", "sync_runs", "sync_ticks", "webhook_outbox"]);
        (await one.FindAsync("canary-")).Keys.ShouldBe(["webhook_outbox"], "whoever is behind it is still to be told");
        (await fixture.QueryAsync<string>("""
            select concat_ws(' ', type, result) from kombo.sync_runs where integration_id = @IntegrationId
            """, new { one.Here.IntegrationId })).ShouldBe("purge Succeeded");
        (await fixture.QueryAsync<bool>("""
            select purged_at is not null and end_user_creator_email is null from kombo.integrations where integration_id = @IntegrationId
            """, new { one.Here.IntegrationId })).ShouldBeTrue();
        (await fixture.QueryAsync<long>(
            "select count(*) from kombo.sync_seen where sweep_id like @runs", new { runs = one.Here.IntegrationId + "-run%" })).ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task No_run_of_the_Integration_begins_or_goes_on_afterwards()
    {
        var one = new PurgeScenario(fixture);
        await using var late = await one.Here.StartAsync(one.Request(SyncType.Full, null, generation: 5));
        await one.PurgeAsync(All, one.PurgeRequest(scope: null, generation: 3, everything: true));

        await Should.ThrowAsync<LeaseLostException>(one.Here.WriteAsync(late, Rows.Employees, PurgeScenario.People(1)));
        foreach (var type in new[] { SyncType.Full, SyncType.Delta, SyncType.Purge })
            (await fixture.Database.Runs.StartAsync(one.Request(type, null, generation: 9), "w", CancellationToken.None))
                .ShouldBeOfType<RunStart.AlreadyFinished>().Progress.Reason.ShouldBe(Reasons.Deleted);

        var again = one.Request(SyncType.Full, null, generation: 1) with { Uid = "uid-2" };
        (await fixture.Database.Runs.StartAsync(again, "w", CancellationToken.None))
            .ShouldBeOfType<RunStart.Started>("one that was made again under the same id");
    }

    [RequiresFact(Need.Postgres)]
    public async Task No_worker_of_an_earlier_Integration_of_the_same_id_writes_afterwards()
    {
        var one = new PurgeScenario(fixture);
        RunRequest OfEarlier(SyncType type) => one.Request(type, null, generation: 9) with { Uid = "uid-0" };
        await RegisterAsync(one, "uid-0");
        await using var late = await one.Here.StartAsync(OfEarlier(SyncType.Full));
        await fixture.Database.Registry.CloseAsync("uid-0", CancellationToken.None);
        await RegisterAsync(one, "uid-1");
        await fixture.Database.Registry.CloseAsync("uid-1", CancellationToken.None);

        await one.PurgeAsync(All, one.PurgeRequest(scope: null, everything: true) with { Uid = "uid-1" });

        await Should.ThrowAsync<LeaseLostException>(one.Here.WriteAsync(late, Rows.Employees, PurgeScenario.People(1)));
        await RefusedAsync(OfEarlier(SyncType.Full), "it tries again");
        await RefusedAsync(OfEarlier(SyncType.Delta), "it begins as late as now");
        await RefusedAsync(OfEarlier(SyncType.Full) with { Uid = "uid-00" }, "one that nobody has heard of yet");
        await fixture.ExecuteAsync("delete from kombo.integrations where integration_id = @IntegrationId", new { one.Here.IntegrationId });
        await RefusedAsync(OfEarlier(SyncType.Full), "also without its row");
        (await one.FindAsync("canary-")).Keys.ShouldNotContain("hris_employees");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_worker_of_an_earlier_Integration_ends_when_the_next_one_begins()
    {
        var one = new PurgeScenario(fixture);
        await using var late = await one.Here.StartAsync(one.Request(SyncType.Full, null, generation: 9) with { Uid = "uid-1" });
        await RegisterAsync(one, "uid-2");
        await using var next = await one.Here.StartAsync(one.Request(SyncType.Delta, null, generation: 1) with { Uid = "uid-2" });

        await Should.ThrowAsync<LeaseLostException>(one.Here.WriteAsync(late, Rows.Employees, PurgeScenario.People(1)));
        foreach (var type in new[] { SyncType.Full, SyncType.Purge })
            await RefusedAsync(one.Request(type, null, generation: 9) with { Uid = "uid-1", Purge = type == SyncType.Purge ? new() : null }, "its scope counts no more");
        await one.Here.WriteAsync(next, Rows.Employees, PurgeScenario.People(1));
    }

    async Task RefusedAsync(RunRequest request, string because) =>
        (await fixture.Database.Runs.StartAsync(request with { RunId = $"{request.RunId}-{because}" }, "w", CancellationToken.None))
            .ShouldBeOfType<RunStart.AlreadyFinished>(because).Progress.Reason.ShouldBe(Reasons.Deleted);

    [RequiresFact(Need.Postgres)]
    public async Task What_another_Integration_of_the_same_id_brings_is_not_removed()
    {
        var one = new PurgeScenario(fixture);
        await RegisterAsync(one, "uid-1");
        await fixture.Database.Registry.CloseAsync("uid-1", CancellationToken.None);
        var request = one.PurgeRequest(scope: null, everything: true);
        await using var purge = await one.Here.StartAsync(request);
        await RegisterAsync(one, "uid-2");
        await one.SyncAsync(one.Request(SyncType.Full, null, 1) with { Uid = "uid-2" }, PurgeScenario.People(2));

        await Should.ThrowAsync<LeaseLostException>(one.PurgeAsync(purge, All));
        (await one.Here.StoredAsync(Rows.Employees)).Length.ShouldBe(2);
        await fixture.Database.Finisher.ReleaseAsync(purge, CancellationToken.None);
        (await fixture.Database.Runs.StartAsync(request, "w", CancellationToken.None))
            .ShouldBeOfType<RunStart.AlreadyFinished>().Progress.Reason.ShouldBe(Reasons.Deleted);
    }

    Task<RowWrite> RegisterAsync(PurgeScenario one, string uid) => fixture.Database.Registry.UpsertAsync(
        new IntegrationRow
        {
            IntegrationId = one.Here.IntegrationId,
            Namespace = "hr",
            Name = one.Here.IntegrationId,
            Uid = uid,
            Connector = "scim",
            Identity = "scim baseUrl=former",
            State = "ACTIVE",
            EndUserCreatorEmail = "canary-creator@acme.test",
        },
        CancellationToken.None);
}
