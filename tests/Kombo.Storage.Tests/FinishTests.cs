using Kombo.Core.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

public sealed class FinishTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task Finishing_twice_gives_the_same_result_and_one_outbox_row()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "Ada"));

        var first = await here.FinishAsync(run, Rows.Employees);
        var second = await here.FinishAsync(run, Rows.Employees);

        second.ShouldBe(first);
        (await fixture.QueryAsync<string>(
            "select string_agg(kind || ' ' || (payload ->> 'sync_state'), ',') from kombo.webhook_outbox where run_id = @RunId",
            new { run.RunId })).ShouldBe("sync-finished SUCCEEDED");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_finished_run_leaves_its_row_and_nothing_else()
    {
        var here = fixture.NewScenario();
        var progress = await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));

        var row = (await fixture.Database.Registry.LastRunsAsync(here.IntegrationId, 5, CancellationToken.None)).ShouldHaveSingleItem();
        row.Progress.ShouldBe(progress);
        row.Attempts.ShouldBe(1);
        row.Type.ShouldBe(SyncType.Full);
        progress.FinishedAt.ShouldNotBeNull().ShouldBeGreaterThan(row.StartedAt);
        (await fixture.Database.Runs.FindLeaseAsync(here.IntegrationId, SyncType.Full, CancellationToken.None)).ShouldBeNull();
        (await fixture.QueryAsync<long>("""
            select (select count(*) from kombo.sync_checkpoints where integration_id = @IntegrationId)
                 + (select count(*) from kombo.sync_seen where sweep_id like @sweep)
                 + (select count(*) from kombo.sync_candidates where sweep_id like @sweep)
            """, new { here.IntegrationId, sweep = progress.RunId + "/%" })).ShouldBe(0);
        (await fixture.Database.Reader.CountAsync(here.IntegrationId, CancellationToken.None))
            .ShouldBe([new("hris_employees", 3, 0)]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_released_run_stays_open_and_can_be_started_at_once()
    {
        var here = fixture.NewScenario();
        var request = here.Request();
        await using var stopped = await here.StartAsync(request);
        await here.WriteAsync(stopped, Rows.Employees, Rows.EmployeeRange(1, 3));

        await fixture.Database.Finisher.ReleaseAsync(stopped, CancellationToken.None);
        await using var next = await here.StartAsync(request);

        next.Attempt.ShouldBe(2);
        (await here.FinishAsync(next, Rows.Employees)).Counts.ShouldBe(new RunCounts { Read = 3, New = 3 });
    }
}
