using Kombo.Core.Records;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Storage.Transactions;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Storage.Tests;

/// <summary>Records that only seem to have vanished, and what a deletion leaves behind.</summary>
public sealed class VanishedRecordTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task A_row_that_was_written_since_the_sync_began_is_spared_also_where_nobody_sighted_it()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 1));
        await fixture.ExecuteAsync("""
            update kombo.hris_employees set first_name = 'By hand' where integration_id = @IntegrationId and remote_id = 'e0002'
            """, new { here.IntegrationId });

        (await here.FinishAsync(run, Rows.Employees)).Counts!.Deleted.ShouldBe(1);

        (await here.StoredAsync(Rows.Employees, "e0002")).RemoteDeletedAt.ShouldBeNull();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_row_that_came_after_an_earlier_look_for_candidates_is_none_any_more()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 1));
        var candidates = new DeletionCandidates(
            new TransactionRunner(fixture.Hand, TimeProvider.System, NullLogger.Instance, DatabasePatience.None), run);
        (await candidates.FindAsync(Rows.Employees, CancellationToken.None)).Count.ShouldBe(2);
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(2, 1));

        (await here.FinishAsync(run, Rows.Employees)).Counts!.Deleted.ShouldBe(1);

        (await here.StoredAsync(Rows.Employees, "e0002")).RemoteDeletedAt.ShouldBeNull();
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_was_deleted_before_does_not_count_towards_the_guard()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 100));
        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 75))).Counts!.Deleted.ShouldBe(25);

        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 75))).Reason.ShouldBe(Reasons.Succeeded);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Data_older_than_the_sync_that_deleted_a_row_does_not_bring_it_back()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        var early = await here.NowAsync();
        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2))).Counts!.Deleted.ShouldBe(1);
        await using var delta = await here.StartAsync(SyncType.Delta);

        await here.WriteAsync(delta, Rows.Employees, [Rows.Employee(3, "Outdated")], page => page with { RequestedAt = early });

        (await here.StoredAsync(Rows.Employees, "e0003")).RemoteDeletedAt.ShouldNotBeNull();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_model_of_which_only_a_delta_saw_records_came_back_empty()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var full = await here.StartAsync();
        await here.WriteAsync(full, Rows.Employees);
        await using var delta = await here.StartAsync(SyncType.Delta);
        await here.WriteAsync(delta, Rows.Employees, Rows.EmployeeRange(1, 1));

        (await here.FinishAsync(full, Rows.Employees)).Counts!.Held.ShouldBe(2);
    }

    [RequiresTheory(Need.Postgres)]
    [InlineData("as many others", 6, 5, 5)]
    [InlineData("fewer of them", 1, 6, 4)]
    public async Task A_second_run_confirms_the_same_candidates_and_no_others(string which, int from, int count, int held)
    {
        var here = new Scenario(fixture, $"sandbox:{which}") { Guard = new DeletionGuardSpec(10, 1, ConfirmBySecondRun: true) };
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 10));
        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 5))).Counts!.Held.ShouldBe(5);

        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(from, count))).Counts!.Held.ShouldBe(held);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_model_of_two_streams_loses_nothing_if_one_of_them_does_not_tell_deletions()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 1));
        await here.WriteAsync(run, Rows.Employees, [], page => page with { Stream = "more" });

        var progress = await fixture.Database.Finisher.FinishAsync(run, new FinishRequest
        {
            Streams = [new("hris_employees", [Rows.Employees]), new("more", [Rows.Employees]) { Deletions = false }],
        }, null, CancellationToken.None);

        progress.Result.ShouldBe("Succeeded");
        progress.Counts!.Deleted.ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Records_of_a_page_none_of_which_could_be_stored_exist_all_the_same()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 1));
        await here.WriteAsync(run, await here.PageAsync(Rows.Employees) with
        {
            Errors = [new RecordError("hris_employees", "e0002", "hris_employees.start_date", "is not a date")],
        });

        (await here.FinishAsync(run, Rows.Employees)).Counts!.Deleted.ShouldBe(0);
    }

    [RequiresTheory(Need.Postgres)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_made_an_earlier_page_incomplete_stays_with_the_stream(bool byAnotherAttempt)
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        var request = here.Request();
        await using var first = await here.StartAsync(request);
        await here.WriteAsync(first, Rows.Employees, Rows.EmployeeRange(1, 1),
            page => page with { IsLast = false, NextPageToken = "2", Incomplete = "capped" });
        if (byAnotherAttempt)
            await fixture.Database.Finisher.ReleaseAsync(first, CancellationToken.None);
        await using var second = byAnotherAttempt ? await here.StartAsync(request) : null;
        var run = second ?? first;
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(2, 1));

        var progress = await here.FinishAsync(run, Rows.Employees);

        progress.Message!.ShouldEndWith("capped");
        (await here.StoredAsync(Rows.Employees)).ShouldAllBe(row => row.RemoteDeletedAt == null);
    }
}
