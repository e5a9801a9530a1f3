using Dapper;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Storage.Transactions;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Storage.Tests;

/// <summary>A worker that goes on although its lease has gone to another, wherever that happens.</summary>
public sealed class StaleWorkerTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task After_its_release_a_run_writes_nothing_more()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        await fixture.Database.Finisher.ReleaseAsync(run, CancellationToken.None);

        await Should.ThrowAsync<LeaseLostException>(here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "Late")));

        (await here.StoredAsync(Rows.Employees)).ShouldBeEmpty();
    }

    [RequiresFact(Need.Postgres)]
    public async Task One_that_lost_its_lease_before_the_guard_judged_holds_nothing_and_releases_nothing()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 100));
        var held = await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 60));
        await using var stale = await here.StartAsync();
        await here.WriteAsync(stale, Rows.Employees, Rows.EmployeeRange(1, 50));
        var candidates = Candidates(stale);
        var found = await candidates.FindAsync(Rows.Employees, CancellationToken.None);
        await using var successor = await TakeOverAsync(here);

        await Should.ThrowAsync<LeaseLostException>(candidates.JudgeAsync(found, CancellationToken.None));
        await Should.ThrowAsync<LeaseLostException>(candidates.JudgeAsync(found with { Count = 0 }, CancellationToken.None));

        stale.Lost.IsCancellationRequested.ShouldBeTrue();
        (await fixture.QueryAsync<string>(
            "select run_id || ': ' || candidates from kombo.held_deletions where integration_id = @IntegrationId",
            new { here.IntegrationId })).ShouldBe($"{held.RunId}: 40");
        (await fixture.QueryAsync<long>("select count(*) from kombo.held_deletion_ids where integration_id = @IntegrationId",
            new { here.IntegrationId })).ShouldBe(40);
    }

    [RequiresFact(Need.Postgres)]
    public async Task One_that_lost_its_lease_while_it_looked_for_candidates_leaves_its_successor_none()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var stale = await here.StartAsync();
        await here.WriteAsync(stale, Rows.Employees, Rows.EmployeeRange(1, 2));
        await using var hand = await fixture.Hand.OpenConnectionAsync();
        await using var transaction = await hand.BeginTransactionAsync();
        await hand.ExecuteAsync("lock table kombo.sync_candidates in exclusive mode");
        var find = Candidates(stale).FindAsync(Rows.Employees, CancellationToken.None);
        await Eventually.BecomesAsync(
            async () => await fixture.QueryAsync<long>("""
                select count(*) from pg_locks where not granted and relation = 'kombo.sync_candidates'::regclass
                """) == 1,
            TimeSpan.FromSeconds(20));
        await using var successor = await TakeOverAsync(here);
        successor.Resumed.ShouldBeTrue("they share a sweep, and so the candidates");

        await transaction.CommitAsync();

        await Should.ThrowAsync<LeaseLostException>(find);
        (await fixture.QueryAsync<long>("select count(*) from kombo.sync_candidates where sweep_id like @sweep", new { sweep = stale.RunId + "/%" }))
            .ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_renewal_that_fails_unexpectedly_is_tried_again_and_hides_no_outcome()
    {
        var clock = new ManualClock();
        var database = KomboDatabase.Open(fixture.ConnectionString, NullLoggerFactory.Instance, clock);
        var run = (await database.Runs.StartAsync(fixture.NewScenario().Request(), "worker-1", CancellationToken.None))
            .ShouldBeOfType<RunStart.Started>().Handle;
        await Eventually.BecomesAsync(() => clock.PendingTimers > 0, TimeSpan.FromSeconds(20));
        await database.DisposeAsync(); // renewals meet an exception that is not the database's

        clock.Advance(TimeSpan.FromSeconds(10));

        await Eventually.BecomesAsync(() => clock.PendingTimers > 0, TimeSpan.FromSeconds(20));
        await run.DisposeAsync();
        run.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    DeletionCandidates Candidates(RunHandle run) => new(
        new TransactionRunner(fixture.Hand, TimeProvider.System, NullLogger.Instance, DatabasePatience.None), run);

    async Task<RunHandle> TakeOverAsync(Scenario here)
    {
        await fixture.ExecuteAsync("""
            update kombo.sync_leases set expires_at = clock_timestamp() - interval '1 second'
             where integration_id = @IntegrationId and type = 'full'
            """, new { here.IntegrationId });
        return await here.StartAsync(SyncType.Full);
    }
}
