using Dapper;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Storage.Tests;

public sealed class LeaseTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task Only_one_worker_at_a_time_runs_a_type_of_an_integration()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync(runId: "only-one");

        var same = await StartAsync(here.Request(runId: "only-one"));
        var other = await StartAsync(here.Request());
        await using var delta = await here.StartAsync(SyncType.Delta);

        same.ShouldBeOfType<RunStart.LeaseHeld>().Owner.ShouldBe("worker-1");
        other.ShouldBeOfType<RunStart.LeaseHeld>();
        (await fixture.Database.Runs.FindLeaseAsync(here.IntegrationId, SyncType.Full, CancellationToken.None))!
            .RunId.ShouldBe("only-one");
        await ExpireAsync(here);
        (await fixture.Database.Runs.FindLeaseAsync(here.IntegrationId, SyncType.Full, CancellationToken.None))
            .ShouldBeNull("nobody holds what has lapsed");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_paused_worker_that_wakes_after_its_successor_has_started_writes_nothing()
    {
        var here = fixture.NewScenario();
        await using var paused = await here.StartAsync(runId: "paused");
        await ExpireAsync(here);
        await using var successor = await here.StartAsync(runId: "paused");

        await Should.ThrowAsync<LeaseLostException>(here.WriteAsync(paused, Rows.Employees, Rows.Employee(1, "Late")));
        await Should.ThrowAsync<LeaseLostException>(here.FinishAsync(paused, Rows.Employees));
        await fixture.Database.Finisher.ReleaseAsync(paused, CancellationToken.None);

        paused.Lost.IsCancellationRequested.ShouldBeTrue();
        successor.FencingToken.ShouldBeGreaterThan(paused.FencingToken);
        successor.Attempt.ShouldBe(2);
        successor.StartedAt.ShouldBe(paused.StartedAt);
        (await here.StoredAsync(Rows.Employees)).ShouldBeEmpty();
        await here.WriteAsync(successor, Rows.Employees, Rows.Employee(1, "In time"));
        (await here.StoredAsync(Rows.Employees)).Length.ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_lease_is_renewed_while_its_worker_lives_and_its_loss_is_noticed()
    {
        var clock = new ManualClock();
        await using var database = KomboDatabase.Open(fixture.ConnectionString, NullLoggerFactory.Instance, clock);
        var here = fixture.NewScenario();
        await using var run = (await database.Runs.StartAsync(here.Request(), "worker-1", CancellationToken.None))
            .ShouldBeOfType<RunStart.Started>().Handle;
        await ExpireAsync(here);
        await RenewAsync();
        await Eventually.BecomesAsync(
            async () => await fixture.Database.Runs.FindLeaseAsync(here.IntegrationId, SyncType.Full, CancellationToken.None) is not null,
            TimeSpan.FromSeconds(20));

        await ExpireAsync(here);
        await using var successor = await here.StartAsync();
        await RenewAsync();

        await Eventually.BecomesAsync(() => run.Lost.IsCancellationRequested, TimeSpan.FromSeconds(20));

        async Task RenewAsync()
        {
            await Eventually.BecomesAsync(() => clock.PendingTimers > 0, TimeSpan.FromSeconds(20));
            clock.Advance(TimeSpan.FromSeconds(10));
        }
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_finished_run_is_not_run_again()
    {
        var here = fixture.NewScenario();
        await using (var run = await here.StartAsync(runId: "finished"))
        {
            await here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "Ada"));
            await here.FinishAsync(run, Rows.Employees);
        }

        var again = await StartAsync(here.Request(runId: "finished"));

        var progress = again.ShouldBeOfType<RunStart.AlreadyFinished>().Progress;
        progress.Result.ShouldBe("Succeeded");
        progress.Counts.ShouldBe(new RunCounts { Read = 1, New = 1 });
        progress.FinishedAt.ShouldNotBeNull();
    }

    [RequiresTheory(Need.Postgres)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_next_attempt_or_run_goes_on_from_the_checkpoint(bool sameRun)
    {
        var here = fixture.NewScenario();
        var killed = await here.StartAsync(runId: "killed-1" + here.IntegrationId);
        await WritePageAsync(here, killed, from: 1, next: "page-2");
        await killed.DisposeAsync();
        await ExpireAsync(here);

        await using var next = await here.StartAsync(runId: sameRun ? killed.RunId : "next" + here.IntegrationId);
        var adopted = next.Stream("hris_employees");
        await WritePageAsync(here, next, from: 11, next: null);
        var progress = await here.FinishAsync(next, Rows.Employees);

        next.Resumed.ShouldBeTrue();
        adopted.State.ShouldBe(StreamProgress.Running);
        adopted.PageToken.ShouldBe("page-2");
        adopted.Counts.New.ShouldBe(10);
        progress.Result.ShouldBe("Succeeded");
        progress.Counts.ShouldBe(new RunCounts { Read = 20, New = 20 }); // none of the first page is deleted
        (await fixture.Database.Registry.FindRunsAsync([killed.RunId], CancellationToken.None))[killed.RunId].Result
            .ShouldBe(sameRun ? "Succeeded" : "Lost");
    }

    [RequiresTheory(Need.Postgres)]
    [InlineData("old")]
    [InlineData("scope")]
    [InlineData("parameters")]
    [InlineData("connector")]
    [InlineData("definition")]
    [InlineData("crash")]
    public async Task A_checkpoint_of_no_use_is_not_adopted(string why)
    {
        var here = fixture.NewScenario();
        var request = here.Request();
        var killed = await here.StartAsync(request);
        await WritePageAsync(here, killed, from: 1, next: "page-2");
        await fixture.Database.Finisher.ReleaseAsync(killed, CancellationToken.None);
        await killed.DisposeAsync();
        if (why == "old")
            await fixture.ExecuteAsync("""
                update kombo.sync_checkpoints set updated_at = updated_at - interval '25 hours' where integration_id = @IntegrationId;
                update kombo.sync_leases set sweep_started_at = sweep_started_at - interval '25 hours' where integration_id = @IntegrationId
                """, new { here.IntegrationId });
        if (why == "crash") // what a crash of the server does to an unlogged table
            await fixture.ExecuteAsync("delete from kombo.sync_seen where sweep_id like @sweep", new { sweep = request.RunId + "/%" });
        if (why == "parameters")
            request = request with { Parameters = request.Parameters.SetItem("baseUrl", "https://elsewhere.example") };
        if (why == "connector")
            request = request with { Connector = "scim" };
        if (why == "definition")
            request = request with { DefinitionHash = "edited" };
        if (why == "scope")
            request = request with { Scope = new ScopeSpec([new ScopeModelSpec("hris_employees")]) };

        await using var next = await here.StartAsync(request);

        next.Resumed.ShouldBeFalse();
        next.Stream("hris_employees").State.ShouldBe(StreamProgress.Pending);
        next.Counts.ShouldBe(new RunCounts());
        (await fixture.QueryAsync<long>("""
            select count(*) from kombo.sync_seen where sweep_id like @sweeps and cardinality(ids) > 0
            """, new { sweeps = killed.RunId + "/%" })).ShouldBe(0, "what belonged to it is removed");
    }

    [RequiresTheory(Need.Postgres)]
    [InlineData("a page token that may have expired", SyncType.Full, true, false, "Pending")]
    [InlineData("a page token of just now", SyncType.Full, false, false, "Running")]
    [InlineData("what this run has read", SyncType.Full, true, true, "Complete")]
    [InlineData("what another run has read long ago", SyncType.Full, true, true, "Pending", false)]
    [InlineData("what another run has read just now", SyncType.Full, false, true, "Complete", false)]
    [InlineData("a delta goes on from its watermark", SyncType.Delta, false, true, "Pending", false)]
    public async Task A_stream_goes_on_or_is_read_again(
        string what, SyncType type, bool longAgo, bool complete, string expected, bool sameRun = true)
    {
        var here = fixture.NewScenario();
        var request = here.Request(type);
        await using (var run = await here.StartAsync(request))
        {
            await here.WriteAsync(run, Rows.Employees, [Rows.Employee(1, "Ada")], page => page with { IsLast = complete, NextPageToken = "2" });
            await fixture.Database.Finisher.ReleaseAsync(run, CancellationToken.None);
        }

        if (longAgo)
            await fixture.ExecuteAsync(
                "update kombo.sync_checkpoints set updated_at = updated_at - interval '2 hours' where integration_id = @IntegrationId",
                new { here.IntegrationId });

        await using var next = await here.StartAsync(sameRun ? request : here.Request(type));

        next.Resumed.ShouldBeTrue();
        next.Stream("hris_employees").State.ToString().ShouldBe(expected, what);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_crash_of_the_server_in_the_middle_is_noticed_before_anything_is_taken_for_deleted()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 5));
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 5));
        await fixture.ExecuteAsync("delete from kombo.sync_seen where sweep_id like @sweep", new { sweep = run.RunId + "/%" });

        await Should.ThrowAsync<SeenSetLostException>(here.WriteAsync(run, Rows.Teams, new Row("t1")));
        await Should.ThrowAsync<SeenSetLostException>(here.FinishAsync(run, Rows.Employees));

        (await here.StoredAsync(Rows.Employees)).ShouldAllBe(row => row.RemoteDeletedAt == null);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_an_unfinished_run_left_incomplete_is_read_again()
    {
        var here = fixture.NewScenario();
        var request = here.Request();
        await using (var run = await here.StartAsync(request))
        {
            await here.WriteAsync(run, Rows.Employees, [Rows.Employee(1, "Ada")], page => page with { Incomplete = "capped at 1" });
            run.Stream("hris_employees").State.ShouldBe(StreamProgress.Incomplete);
            await fixture.Database.Finisher.ReleaseAsync(run, CancellationToken.None);
        }

        await using var next = await here.StartAsync(request);

        next.Resumed.ShouldBeTrue();
        next.Stream("hris_employees").State.ShouldBe(StreamProgress.Pending);
        await here.WriteAsync(next, Rows.Employees, Rows.Employee(1, "Ada"));
        (await here.FinishAsync(next, Rows.Employees)).Result.ShouldBe("Succeeded", "the reason is gone");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_failed_run_keeps_its_result_and_leaves_the_checkpoint_to_the_next()
    {
        var here = fixture.NewScenario();
        await using var failed = await here.StartAsync();
        await WritePageAsync(here, failed, from: 1, next: "page-2");

        var progress = await fixture.Database.Finisher.FailAsync(
            failed, RunResult.AuthenticationFailed, Reasons.AuthenticationFailed, "401", CancellationToken.None);
        await using var next = await here.StartAsync();

        progress.Result.ShouldBe("AuthenticationFailed");
        next.Stream("hris_employees").PageToken.ShouldBe("page-2");
    }

    [RequiresFact(Need.Postgres)]
    public async Task The_operator_closes_a_run_and_its_worker_can_write_nothing_more()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        var close = new Decision.CloseRunRow(run.RunId, RunResult.DeadlineExceeded, Reasons.DeadlineExceeded, "took too long");

        (await fixture.Database.Registry.CloseRunAsync(close, CancellationToken.None)).ShouldBeTrue();
        (await fixture.Database.Registry.CloseRunAsync(close, CancellationToken.None)).ShouldBeFalse();
        (await fixture.Database.Registry.CloseRunAsync(close with { RunId = "unknown" }, CancellationToken.None)).ShouldBeFalse();

        await Should.ThrowAsync<LeaseLostException>(here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "Late")));
        (await fixture.Database.Registry.FindRunsAsync([run.RunId, "unknown"], CancellationToken.None))
            .ShouldHaveSingleItem().Value.Result.ShouldBe("DeadlineExceeded");
        await using var next = await here.StartAsync();
    }

    [RequiresFact(Need.Postgres)]
    public async Task The_operator_gives_up_a_run_that_somebody_has_locked_and_tries_again()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        await using var hand = await fixture.Hand.OpenConnectionAsync();
        await using var transaction = await hand.BeginTransactionAsync();
        await hand.ExecuteAsync("select kombo.take_tick(@IntegrationId)", new { here.IntegrationId });
        var waits = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var patient = fixture.Database.With(new DatabasePatience(
            TimeSpan.FromMinutes(5), failure => waits.TrySetResult(failure.SqlState)));

        var close = patient.Registry.CloseRunAsync(
            new Decision.CloseRunRow(run.RunId, RunResult.Lost, Reasons.Lost, "gone"), CancellationToken.None);
        (await waits.Task).ShouldBe("55P03", "a lock that is not given in time");
        await transaction.RollbackAsync();

        (await close).ShouldBeTrue();
    }

    Task<RunStart> StartAsync(RunRequest request) =>
        fixture.Database.Runs.StartAsync(request, "worker-2", CancellationToken.None);

    Task<int> ExpireAsync(Scenario here) => fixture.ExecuteAsync("""
        update kombo.sync_leases set expires_at = clock_timestamp() - interval '1 second'
         where integration_id = @IntegrationId and type = 'full'
        """, new { here.IntegrationId });

    static Task<RunCounts> WritePageAsync(Scenario here, RunHandle run, int from, string? next) =>
        here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(from, 10), page => page with { IsLast = next is null, NextPageToken = next });
}
