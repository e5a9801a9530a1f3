using Kombo.Core.Records;
using Kombo.Core.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

public sealed class PageWriteTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task A_first_page_arrives_as_it_was_sent()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();

        var counts = await here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "Ada"), Rows.Employee(2, "Grace"));

        counts.ShouldBe(new RunCounts { Read = 2, New = 2 });
        var names = await fixture.ListAsync<string>(
            "select remote_id || ' ' || first_name from kombo.hris_employees where integration_id = @IntegrationId order by remote_id",
            here);
        names.ShouldBe(["e0001 Ada", "e0002 Grace"]);
        (await here.StoredAsync(Rows.Employees)).ShouldAllBe(row => row.Id == here.Id(row.RemoteId) && row.ContentHash != null);
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_unchanged_page_writes_no_row()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 300));
        var before = await here.StoredAsync(Rows.Employees);

        await using var run = await here.StartAsync();
        var counts = await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 300));

        counts.ShouldBe(new RunCounts { Read = 300, Unchanged = 300 });
        (await here.StoredAsync(Rows.Employees)).ShouldBe(before);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Only_the_rows_that_changed_are_written()
    {
        var here = fixture.NewScenario();
        var rows = Rows.EmployeeRange(1, 100);
        await here.SyncAsync(Rows.Employees, rows);
        var before = await here.StoredAsync(Rows.Employees);

        await using var run = await here.StartAsync();
        rows[41] = Rows.Employee(42, "Renamed");
        var counts = await here.WriteAsync(run, Rows.Employees, [.. rows, Rows.Employee(101, "New")]);

        counts.ShouldBe(new RunCounts { Read = 101, New = 1, Changed = 1, Unchanged = 99 });
        var after = await here.StoredAsync(Rows.Employees);
        after.Where((row, i) => i < 100 && row != before[i]).ShouldHaveSingleItem().RemoteId.ShouldBe("e0042");
        after[41].ChangedAt.ShouldBeGreaterThan(before[41].ChangedAt);
        after[41].CreatedAt.ShouldBe(before[41].CreatedAt);
        after[100].ChangedAt.ShouldBe(after[41].ChangedAt);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_comes_back_is_undeleted()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 5));
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 4));
        var deleted = await here.StoredAsync(Rows.Employees, "e0005");
        deleted.RemoteDeletedAt.ShouldNotBeNull();

        await using var run = await here.StartAsync();
        var counts = await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 5));

        counts.ShouldBe(new RunCounts { Read = 5, Undeleted = 1, Unchanged = 4 });
        var undeleted = await here.StoredAsync(Rows.Employees, "e0005");
        undeleted.RemoteDeletedAt.ShouldBeNull();
        undeleted.ContentHash.ShouldNotBeNull();
        undeleted.ChangedAt.ShouldBeGreaterThan(deleted.ChangedAt);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Of_an_id_that_comes_twice_the_last_is_kept_and_it_is_no_error()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();

        var counts = await here.WriteAsync(run, Rows.Employees,
            Rows.Employee(1, "First"), Rows.Employee(2, "Other"), Rows.Employee(1, "Last"));

        counts.ShouldBe(new RunCounts { Read = 3, New = 2 });
        (await fixture.QueryAsync<string>(
            "select first_name from kombo.hris_employees where integration_id = @IntegrationId and remote_id = 'e0001'", here))
            .ShouldBe("Last");
        (await fixture.QueryAsync<long>("select count(*) from kombo.record_errors where run_id = @RunId", new { run.RunId })).ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Data_that_was_requested_earlier_than_the_rows_is_dropped()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        var early = await here.NowAsync();
        await using var delta = await here.StartAsync(SyncType.Delta);
        await here.WriteAsync(delta, Rows.Employees, Rows.Employee(1, "New name"));

        var counts = await here.WriteAsync(full, Rows.Employees,
            [Rows.Employee(1, "Old name"), Rows.Employee(2, "Other")], page => page with { RequestedAt = early });

        counts.ShouldBe(new RunCounts { Read = 2, New = 1, Outdated = 1 });
        (await fixture.ListAsync<string>(
            "select first_name from kombo.hris_employees where integration_id = @IntegrationId order by remote_id", here))
            .ShouldBe(["New name", "Other"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Data_that_was_requested_earlier_is_dropped_where_no_full_sync_is_open_too()
    {
        var here = fixture.NewScenario();
        var early = await here.NowAsync();
        await here.SyncAsync(Rows.Employees, Rows.Employee(1, "Current"));
        await using var delta = await here.StartAsync(SyncType.Delta);

        var counts = await here.WriteAsync(delta, Rows.Employees,
            [Rows.Employee(1, "Outdated")], page => page with { RequestedAt = early });

        counts.ShouldBe(new RunCounts { Read = 1, Outdated = 1 });
        (await fixture.QueryAsync<string>("select first_name from kombo.hris_employees where integration_id = @IntegrationId", here))
            .ShouldBe("Current");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Data_older_than_an_unchanged_sighting_is_dropped_while_a_full_sync_is_open()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.Employee(1, "Current"));
        await using var full = await here.StartAsync();
        await using var delta = await here.StartAsync(SyncType.Delta);
        var early = await here.NowAsync();
        await here.WriteAsync(full, Rows.Employees, Rows.Employee(1, "Current")); // seen later, unchanged: no row is written

        var counts = await here.WriteAsync(delta, Rows.Employees,
            [Rows.Employee(1, "Outdated")], page => page with { RequestedAt = early });

        counts.ShouldBe(new RunCounts { Read = 1, Outdated = 1 });
        (await fixture.QueryAsync<string>("select first_name from kombo.hris_employees where integration_id = @IntegrationId", here))
            .ShouldBe("Current");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_source_that_lists_in_no_order_is_compared_all_the_same()
    {
        var here = fixture.NewScenario();
        var rows = Rows.EmployeeRange(1, 2000);
        await here.SyncAsync(Rows.Employees, rows);
        var scattered = rows.Where((_, i) => i % 100 == 0).Reverse().ToArray();
        scattered[3] = new Row(scattered[3].RemoteId, ("first_name", "Renamed"));

        await using var run = await here.StartAsync();
        var first = await here.WriteAsync(run, Rows.Employees, scattered);
        var second = await here.WriteAsync(run, Rows.Employees, scattered);

        first.ShouldBe(new RunCounts { Read = 20, Changed = 1, Unchanged = 19 });
        second.ShouldBe(new RunCounts { Read = 20, Unchanged = 20 });
        run.IsUnordered(Rows.Employees.Name, Rows.Employees).ShouldBeTrue();
    }

    [RequiresFact(Need.Postgres)]
    public async Task Remote_data_alone_is_written_without_moving_changed_at()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.Employee(1, "Ada") with { RemoteData = """{"a":1}""" });
        var before = await here.StoredAsync(Rows.Employees, "e0001");

        var run = await here.SyncAsync(Rows.Employees, Rows.Employee(1, "Ada") with { RemoteData = """{"a":2}""" });

        run.Counts.ShouldBe(new RunCounts { Read = 1, Unchanged = 1 });
        var after = await here.StoredAsync(Rows.Employees, "e0001");
        after.RemoteData.ShouldBe("""{"a": 2}""");
        after.ShouldBe(before with
        {
            RemoteData = after.RemoteData,
            RemoteDataHash = after.RemoteDataHash,
            RequestedAt = after.RequestedAt,
            Version = after.Version,
        });
    }

    [RequiresFact(Need.Postgres)]
    public async Task Pages_of_several_models_are_written_together()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        using var employees = Rows.Batch(here.IntegrationId, Rows.Employees, Rows.EmployeeRange(1, 3));
        using var more = Rows.Batch(here.IntegrationId, Rows.Employees, Rows.EmployeeRange(4, 3));
        using var teams = Rows.Batch(here.IntegrationId, Rows.Teams, new Row("t1", ("name", "Core")));

        var counts = await here.WriteAsync(run, await here.PageAsync(Rows.Employees, employees, teams, more));

        counts.ShouldBe(new RunCounts { Read = 7, New = 7 });
        (await here.StoredAsync(Rows.Employees)).Length.ShouldBe(6);
        (await here.StoredAsync(Rows.Teams)).Length.ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Records_that_cannot_be_stored_are_told_by_place_and_bounded()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        var errors = Enumerable.Range(1, 1500)
            .Select(number => new RecordError("hris_employees", $"e\0{number}", "hris_employees.start_date", "is not a date"));

        var counts = await here.WriteAsync(run, await here.PageAsync(Rows.Employees) with { Errors = [.. errors], Read = 1500 });

        counts.ShouldBe(new RunCounts { Read = 1500, Errors = 1500 });
        (await fixture.QueryAsync<long>("select count(*) from kombo.record_errors where run_id = @RunId", new { run.RunId })).ShouldBe(1000);
        (await fixture.ListAsync<string>(
            "select column_name from information_schema.columns where table_schema = 'kombo' and table_name = 'record_errors'"))
            .ShouldBe(["run_id", "integration_id", "model", "remote_id", "path", "reason", "recorded_at"], ignoreOrder: true);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_remote_id_that_cannot_be_stored_is_an_error_and_the_others_arrive()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();

        var counts = await here.WriteAsync(run, Rows.Employees, new Row("bad\0id"), Rows.Employee(2, "Good"), new Row("half\ud800"));

        counts.ShouldBe(new RunCounts { Read = 3, New = 1, Errors = 2 });
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_new_session_and_a_reused_one_stage_alike()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        for (var round = 0; round < 5; round++)
        {
            var name = $"Round {round}";
            await here.WriteAsync(run, Rows.Employees, Rows.Employee(1, name), Rows.Employee(2, "Same"), Rows.Employee(round + 3, "New"));
        }

        (await here.StoredAsync(Rows.Employees)).Length.ShouldBe(7);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Every_page_that_changes_rows_flags_its_model()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.Employee(1, "Ada"));
        var flagged = await FlagAsync(here);
        await here.SyncAsync(Rows.Employees, Rows.Employee(1, "Ada"));
        (await FlagAsync(here)).ShouldBe(flagged);

        await here.SyncAsync(Rows.Employees, Rows.Employee(1, "Grace"));

        (await FlagAsync(here)).ShouldBe((await here.StoredAsync(Rows.Employees, "e0001")).ChangedAt);
    }

    Task<DateTimeOffset> FlagAsync(Scenario here) => fixture.QueryAsync<DateTimeOffset>(
        "select changed_at from kombo.changed_models where integration_id = @IntegrationId and model = 'hris_employees'", here);
}
