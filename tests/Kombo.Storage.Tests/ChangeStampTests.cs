using Dapper;
using Kombo.Core.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

/// <summary>The triggers, whoever writes.</summary>
public sealed class ChangeStampTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresTheory(Need.Postgres)]
    [InlineData("first_name = 'By hand'", true)]
    [InlineData("weekly_hours = 12.5", true)]
    [InlineData("custom_fields = '{\"a\": 1}'", true)]
    [InlineData("remote_id = 'other'", true)]
    [InlineData("remote_deleted_at = now()", true)]
    [InlineData("manager_id = 'somebody'", true)]
    [InlineData("first_name = 'name 1'", false)]
    [InlineData("requested_at = now()", false)]
    [InlineData("remote_data = '{}'", false)]
    public async Task Changed_at_moves_when_a_tracked_column_changes_by_hand_and_only_then(string change, bool moves)
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));
        var before = await here.StoredAsync(Rows.Employees);

        await fixture.ExecuteAsync($"""
            update kombo.hris_employees set {change} where integration_id = @IntegrationId and id = @id
            """, new { here.IntegrationId, before[0].Id });

        var after = (await here.StoredAsync(Rows.Employees)).Single(row => row.Id == before[0].Id);
        (after.ChangedAt > before[0].ChangedAt).ShouldBe(moves);
        (after.ContentHash is null).ShouldBe(moves);
        after.CreatedAt.ShouldBe(before[0].CreatedAt);
        (await here.StoredAsync(Rows.Employees, "e0002")).ShouldBe(before[1]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Rows_changed_inserted_and_removed_by_hand_are_repaired_by_the_next_full_sync()
    {
        var here = fixture.NewScenario();
        var rows = Rows.EmployeeRange(1, 5);
        await here.SyncAsync(Rows.Employees, rows);
        var before = await here.StoredAsync(Rows.Employees);
        await fixture.ExecuteAsync("""
            update kombo.hris_employees set first_name = 'Mallory' where integration_id = @IntegrationId and remote_id = 'e0001';
            delete from kombo.hris_employees where integration_id = @IntegrationId and remote_id = 'e0002';
            insert into kombo.hris_employees (integration_id, id, remote_id, first_name, content_hash)
            values (@IntegrationId, @id, 'e0002', 'Mallory with the hash of what was there', @hash);
            insert into kombo.hris_employees (integration_id, id, remote_id, first_name)
            values (@IntegrationId, 'made-up', 'made-up', 'Mallory');
            update kombo.hris_employees set id = 'wrong' where integration_id = @IntegrationId and remote_id = 'e0003';
            update kombo.hris_employees set remote_id = 'wrong' where integration_id = @IntegrationId and remote_id = 'e0004';
            """, new { here.IntegrationId, id = here.Id("e0002"), hash = before[1].ContentHash });

        var run = await here.SyncAsync(Rows.Employees, rows);

        run.Result.ShouldBe("Succeeded");
        var live = (await here.StoredAsync(Rows.Employees)).Where(row => row.RemoteDeletedAt is null).ToArray();
        live.Select(row => (row.RemoteId, row.Id)).ShouldBe(rows.Select(row => (row.RemoteId, here.Id(row.RemoteId))));
        live.ShouldAllBe(row => row.ContentHash != null);
        live.Take(4).ShouldAllBe(row => row.ChangedAt > before[4].ChangedAt);
        live[4].ShouldBe(before[4]);
        (await fixture.QueryAsync<long>(
            "select count(*) from kombo.hris_employees where integration_id = @IntegrationId and first_name like 'Mallory%' and remote_deleted_at is null",
            new { here.IntegrationId })).ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Remote_data_changed_by_hand_is_repaired_by_the_next_full_sync()
    {
        var here = fixture.NewScenario();
        var row = Rows.Employee(1, "Ada") with { RemoteData = """{"a": 1}""" };
        await here.SyncAsync(Rows.Employees, row);
        await fixture.ExecuteAsync("""
            update kombo.hris_employees set remote_data = '{"a": 666}' where integration_id = @IntegrationId
            """, new { here.IntegrationId });

        await here.SyncAsync(Rows.Employees, row);

        (await here.StoredAsync(Rows.Employees, "e0001")).RemoteData.ShouldBe("""{"a": 1}""");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_change_by_hand_flags_its_model()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.Employee(1, "Ada"));

        await fixture.ExecuteAsync(
            "update kombo.hris_employees set first_name = 'x' where integration_id = @IntegrationId", new { here.IntegrationId });

        (await fixture.QueryAsync<DateTimeOffset>(
            "select changed_at from kombo.changed_models where integration_id = @IntegrationId", new { here.IntegrationId }))
            .ShouldBe((await here.StoredAsync(Rows.Employees, "e0001")).ChangedAt);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_writer_waits_for_an_open_change_by_hand_and_stamps_after_it()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));
        await using var run = await here.StartAsync(SyncType.Delta);
        await using var hand = await fixture.Hand.OpenConnectionAsync();
        await using var transaction = await hand.BeginTransactionAsync();
        await hand.ExecuteAsync(
            "update kombo.hris_employees set first_name = 'x' where integration_id = @IntegrationId and remote_id = 'e0001'",
            new { here.IntegrationId });

        var write = here.WriteAsync(run, Rows.Employees, Rows.Employee(2, "By the writer"));
        await WaitingAsync();
        write.IsCompleted.ShouldBeFalse();
        await transaction.CommitAsync();
        await write;

        var rows = await here.StoredAsync(Rows.Employees);
        rows[1].ChangedAt.ShouldBeGreaterThan(rows[0].ChangedAt);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Behind_a_writer_that_gave_up_the_stamp_is_taken_after_the_wait()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        await using var hand = await fixture.Hand.OpenConnectionAsync();
        await using var transaction = await hand.BeginTransactionAsync();
        await hand.ExecuteAsync("select kombo.take_tick(@IntegrationId)", new { here.IntegrationId });
        var write = here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "Ada"));
        await WaitingAsync();
        var givingUp = await fixture.QueryAsync<DateTimeOffset>("select clock_timestamp()");

        await transaction.RollbackAsync();
        await write;

        (await here.StoredAsync(Rows.Employees, "e0001")).ChangedAt.ShouldBeGreaterThan(givingUp);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Behind_somebody_who_gave_up_a_change_by_hand_is_stamped_after_the_wait_too()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.Employee(1, "Ada"));
        await using var hand = await fixture.Hand.OpenConnectionAsync();
        await using var transaction = await hand.BeginTransactionAsync();
        await hand.ExecuteAsync("select 1 from kombo.sync_ticks where integration_id = @IntegrationId for update", new { here.IntegrationId });
        var change = fixture.ExecuteAsync(
            "update kombo.hris_employees set first_name = 'By hand' where integration_id = @IntegrationId", new { here.IntegrationId });
        await WaitingAsync();
        var givingUp = await fixture.QueryAsync<DateTimeOffset>("select clock_timestamp()");

        await transaction.RollbackAsync();
        await change;

        (await here.StoredAsync(Rows.Employees, "e0001")).ChangedAt.ShouldBeGreaterThan(givingUp);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Stamps_go_on_although_the_clock_went_back()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));
        var last = await fixture.QueryAsync<DateTimeOffset>(
            "update kombo.sync_ticks set t = t + interval '1 hour' where integration_id = @IntegrationId returning t", here);

        await using var run = await here.StartAsync(SyncType.Delta);
        await here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "By the writer"));
        await fixture.ExecuteAsync(
            "update kombo.hris_employees set first_name = 'By hand' where integration_id = @IntegrationId and remote_id = 'e0002'", here);

        var byWriter = (await here.StoredAsync(Rows.Employees, "e0001")).ChangedAt;
        byWriter.ShouldBeGreaterThan(last);
        (await here.StoredAsync(Rows.Employees, "e0002")).ChangedAt.ShouldBeGreaterThan(byWriter);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_deadlock_with_somebody_at_psql_is_survived()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));
        await using var run = await here.StartAsync(SyncType.Delta);
        await using var hand = await fixture.Hand.OpenConnectionAsync();
        await using var transaction = await hand.BeginTransactionAsync();
        await hand.ExecuteAsync("""
            set local deadlock_timeout = '1min';
            select 1 from kombo.hris_employees where integration_id = @IntegrationId and remote_id = 'e0001' for update
            """, new { here.IntegrationId });

        var write = here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "By the writer"));
        await WaitingAsync();
        // Row, then tick; the writer has the tick and waits for the row.
        await hand.ExecuteAsync(
            "update kombo.hris_employees set first_name = 'x' where integration_id = @IntegrationId and remote_id = 'e0001'",
            new { here.IntegrationId });
        await transaction.CommitAsync();

        (await write).Changed.ShouldBe(1);
        (await fixture.QueryAsync<string>(
            "select first_name from kombo.hris_employees where integration_id = @IntegrationId and remote_id = 'e0001'",
            new { here.IntegrationId })).ShouldBe("By the writer");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Full_delta_and_psql_together_end_without_a_deadlock_and_in_order()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        await using var delta = await here.StartAsync(SyncType.Delta);

        await Task.WhenAll(WriteAsync(full, "full"), WriteAsync(delta, "delta"), ByHandAsync());

        var wrong = await fixture.QueryAsync<long>("""
            select count(*) from kombo.hris_employees e join kombo.sync_ticks t using (integration_id)
             where e.integration_id = @IntegrationId and e.changed_at > t.t
            """, new { here.IntegrationId });
        wrong.ShouldBe(0);
        (await here.StoredAsync(Rows.Employees)).Length.ShouldBe(60);

        async Task WriteAsync(Kombo.Storage.Runs.RunHandle run, string who)
        {
            for (var round = 0; round < 15; round++)
            {
                var rows = Enumerable.Range(1, 60).Select(number => Rows.Employee(number, $"{who} {round}"));
                await here.WriteAsync(run, Rows.Employees, [.. who == "full" ? rows : rows.Reverse()]);
            }
        }

        async Task ByHandAsync()
        {
            for (var round = 0; round < 15; round++)
                await fixture.ExecuteAsync("""
                    begin;
                    set local deadlock_timeout = '1min'; -- so that it is the writer who gives way
                    update kombo.hris_employees set last_name = @name where integration_id = @IntegrationId and remote_id = 'e0030';
                    commit;
                    """, new { here.IntegrationId, name = $"hand {round}" });
        }
    }

    Task WaitingAsync() => Eventually.BecomesAsync(
        async () => await fixture.QueryAsync<bool>(
            "select exists (select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"),
        TimeSpan.FromSeconds(20));
}
