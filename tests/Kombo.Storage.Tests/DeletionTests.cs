using Kombo.Core.Records;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

public sealed class DeletionTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task What_a_complete_full_sync_has_not_seen_is_marked_deleted()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 10));
        var before = await here.StoredAsync(Rows.Employees);

        var run = await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 8));

        run.Counts.ShouldBe(new RunCounts { Read = 8, Unchanged = 8, Deleted = 2 });
        var after = await here.StoredAsync(Rows.Employees);
        after.Take(8).ShouldBe(before.Take(8));
        after.Skip(8).ShouldAllBe(row => row.RemoteDeletedAt == row.ChangedAt && row.ChangedAt > before[0].ChangedAt);
        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 8))).Counts!.Deleted.ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Many_deletions_go_in_bounded_transactions()
    {
        var here = new Scenario(fixture, "sandbox:many-deletions") { Guard = new DeletionGuardSpec(100, null, null) };
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2500));

        var run = await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 1));

        run.Counts!.Deleted.ShouldBe(2499);
        (await here.StoredAsync(Rows.Employees)).Select(row => row.RemoteDeletedAt).Distinct().Count().ShouldBe(4);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Every_record_of_a_long_page_counts_as_seen()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 300));

        var run = await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 299));

        run.Counts.ShouldBe(new RunCounts { Read = 299, Unchanged = 299, Deleted = 1 });
    }

    [RequiresFact(Need.Postgres)]
    public async Task One_incomplete_stream_and_nothing_is_deleted_in_any_model()
    {
        var here = fixture.NewScenario();
        await SyncBothAsync(here, employees: 5, incomplete: null);

        var run = await SyncBothAsync(here, employees: 3, incomplete: "the source answered 403 (forbidden)");

        run.Result.ShouldBe("PartiallyFailed");
        run.Message.ShouldBe(
            "hris_teams (stream \"hris_teams\"): the source answered 403 (forbidden); nothing was deleted in this run. " +
            "Mend it at the source, or leave the models out of spec.scope");
        run.Counts!.Deleted.ShouldBe(0);
        (await here.StoredAsync(Rows.Employees)).ShouldAllBe(row => row.RemoteDeletedAt == null);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_stream_that_was_not_read_to_its_end_is_incomplete()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, [Rows.Employee(1, "name 1")], page => page with { IsLast = false, NextPageToken = "2" });

        var progress = await here.FinishAsync(run, Rows.Employees, Rows.Teams);

        progress.Result.ShouldBe("Failed");
        progress.Message!.ShouldStartWith("nothing was read completely: hris_employees (stream \"hris_employees\"): was not read to its end");
        (await here.StoredAsync(Rows.Employees)).ShouldAllBe(row => row.RemoteDeletedAt == null);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_delta_sync_never_infers_deletions()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var run = await here.StartAsync(SyncType.Delta);
        await here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "name 1"));

        (await here.FinishAsync(run, Rows.Employees)).Counts.ShouldBe(new RunCounts { Read = 1, Unchanged = 1 });
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_stream_that_does_not_tell_deletions_has_none()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "name 1"));

        var progress = await fixture.Database.Finisher.FinishAsync(
            run,
            new FinishRequest { Streams = [new StreamModels("hris_employees", [Rows.Employees]) { Deletions = false }] },
            null,
            CancellationToken.None);

        progress.Counts!.Deleted.ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_a_delta_sighted_or_wrote_during_the_full_is_not_deleted_by_it()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 5));
        await using var full = await here.StartAsync();
        await here.WriteAsync(full, Rows.Employees, Rows.EmployeeRange(1, 2));
        await using (var delta = await here.StartAsync(SyncType.Delta))
        {
            await here.WriteAsync(delta, Rows.Employees, Rows.Employee(3, "name 3"), Rows.Employee(6, "Created meanwhile"));
            await here.FinishAsync(delta, Rows.Employees);
        }

        var run = await here.FinishAsync(full, Rows.Employees);

        run.Counts!.Deleted.ShouldBe(2);
        (await here.StoredAsync(Rows.Employees)).Where(row => row.RemoteDeletedAt is not null).Select(row => row.RemoteId)
            .ShouldBe(["e0004", "e0005"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_sighting_of_data_older_than_the_full_sync_protects_nothing()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        var before = await here.NowAsync();
        await using var full = await here.StartAsync();
        await here.WriteAsync(full, Rows.Employees, Rows.EmployeeRange(1, 2));
        await using var delta = await here.StartAsync(SyncType.Delta);
        await here.WriteAsync(delta, Rows.Employees, [Rows.Employee(3, "name 3")], page => page with { RequestedAt = before });

        (await here.FinishAsync(full, Rows.Employees)).Counts!.Deleted.ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_row_sighted_after_the_candidates_were_found_is_spared()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var full = await here.StartAsync();
        await here.WriteAsync(full, Rows.Employees, Rows.EmployeeRange(1, 1));
        await using var delta = await here.StartAsync(SyncType.Delta);
        await using var hand = await fixture.Hand.OpenConnectionAsync();
        await using var transaction = await hand.BeginTransactionAsync();
        await Dapper.SqlMapper.ExecuteAsync(hand, "select kombo.take_tick(@IntegrationId)", new { here.IntegrationId });

        // The finisher has its candidates and waits for the tick; the delta waits for it too, and may come before or after.
        var finish = here.FinishAsync(full, Rows.Employees);
        await Eventually.BecomesAsync(
            async () => await fixture.QueryAsync<long>("select count(*) from kombo.sync_candidates where sweep_id like @s", new { s = full.RunId + "/%" }) == 2,
            TimeSpan.FromSeconds(20));
        await fixture.ExecuteAsync("""
            insert into kombo.sync_seen (sweep_id, model, sighting, requested_at, ids)
            select sweep_id, 'hris_employees', true, clock_timestamp(), array[@id] from kombo.sync_leases
             where integration_id = @IntegrationId and type = 'full'
            """, new { here.IntegrationId, id = here.Id("e0002") });
        await transaction.CommitAsync();

        (await finish).Counts!.Deleted.ShouldBe(1);
        (await here.StoredAsync(Rows.Employees, "e0002")).RemoteDeletedAt.ShouldBeNull();
        (await here.StoredAsync(Rows.Employees, "e0003")).RemoteDeletedAt.ShouldNotBeNull();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_could_not_be_stored_exists_and_its_row_stays()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, [Rows.Employee(1, "name 1")], page => page with
        {
            Errors = [new RecordError("hris_employees", "e0002", "hris_employees.start_date", "is not a date")],
        });

        var progress = await here.FinishAsync(run, Rows.Employees);

        progress.Counts.ShouldBe(new RunCounts { Read = 1, Unchanged = 1, Errors = 1, Deleted = 1 });
        (await here.StoredAsync(Rows.Employees, "e0002")).RemoteDeletedAt.ShouldBeNull();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_without_an_id_may_be_any_and_so_nothing_is_deleted()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, [Rows.Employee(1, "name 1")], page => page with
        {
            Errors = [new RecordError("hris_employees", null, "$[1]", "has no id")],
        });
        await here.WriteAsync(run, Rows.Teams, new Row("t1"));

        var progress = await here.FinishAsync(run, Rows.Employees, Rows.Teams);

        progress.Result.ShouldBe("PartiallyFailed");
        progress.Message!.ShouldContain("a record came without an id");
        (await here.StoredAsync(Rows.Employees)).ShouldAllBe(row => row.RemoteDeletedAt == null);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Too_many_deletions_are_held_with_numbers_and_released_by_a_confirmed_run()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 100));

        var held = await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 60));

        held.Result.ShouldBe("Succeeded");
        held.Reason.ShouldBe(Reasons.DeletionsHeld);
        held.Message.ShouldBe(
            "hris_employees: 40 of 100 live records did not come. They are held until the annotation " +
            $"kombo.dev/confirmDeletions={held.RunId} releases them");
        held.Counts!.Held.ShouldBe(40);
        (await here.StoredAsync(Rows.Employees)).ShouldAllBe(row => row.RemoteDeletedAt == null);
        (await fixture.QueryAsync<string>(
            "select candidates || ' of ' || live || ', e.g. ' || cardinality(sample) from kombo.held_deletions where run_id = @RunId",
            new { held.RunId })).ShouldBe("40 of 100, e.g. 10");

        await using var confirmed = await here.StartAsync(here.Request() with { ConfirmedRunId = held.RunId });
        await here.WriteAsync(confirmed, Rows.Employees, Rows.EmployeeRange(1, 50)); // ten more vanished: not released
        var progress = await here.FinishAsync(confirmed, Rows.Employees);

        progress.Reason.ShouldBe(Reasons.Succeeded);
        progress.Counts!.Deleted.ShouldBe(40);
        (await here.StoredAsync(Rows.Employees)).Count(row => row.RemoteDeletedAt is null).ShouldBe(60);
        (await fixture.QueryAsync<long>(
            "select count(*) from kombo.held_deletions where integration_id = @IntegrationId", new { here.IntegrationId })).ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_model_that_came_back_empty_is_held_however_few_rows_it_has()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.Employee(1, "Ada"));

        var run = await here.SyncAsync(Rows.Employees);

        run.Counts.ShouldBe(new RunCounts { Held = 1 });
        run.Message!.ShouldStartWith("hris_employees: none of the 1 live records came.");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Where_a_second_run_may_confirm_the_same_candidates_pass()
    {
        var here = new Scenario(fixture, "sandbox:second-run") { Guard = new DeletionGuardSpec(10, 1, ConfirmBySecondRun: true) };
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 10));

        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 5))).Counts!.Held.ShouldBe(5);
        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 4))).Counts!.Held.ShouldBe(6);
        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 4))).Counts!.Deleted.ShouldBe(6);
    }

    [Theory]
    [InlineData(19, 20, false, false)]
    [InlineData(20, 20, false, true)]
    [InlineData(30, 100, false, false)]
    [InlineData(31, 100, false, true)]
    [InlineData(1, 1, true, true)]
    [InlineData(0, 0, true, false)]
    public void The_guard_holds_by_number_and_share_or_when_nothing_came(long candidates, long live, bool cameEmpty, bool holds) =>
        DeletionGuard.Holds(null, candidates, live, cameEmpty).ShouldBe(holds);

    static async Task<RunProgress> SyncBothAsync(Scenario here, int employees, string? incomplete)
    {
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, employees));
        await here.WriteAsync(run, Rows.Teams, [], page => page with { Incomplete = incomplete });
        return await here.FinishAsync(run, Rows.Employees, Rows.Teams);
    }
}
