using Kombo.Core.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

/// <summary>Rows whose data was asked for at a time that is still to come: the database's clock was ahead for a while, or
/// somebody wrote it.</summary>
public sealed class RequestClockTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    static readonly TimeSpan Ahead = TimeSpan.FromHours(1);

    [RequiresTheory(Need.Postgres)]
    [InlineData(SyncType.Full)]
    [InlineData(SyncType.Delta)]
    public async Task What_is_asked_for_next_is_newer_although_the_clock_went_back(SyncType type)
    {
        var here = await WrittenAheadAsync();
        await using var run = await here.StartAsync(type);

        var counts = await here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "Later"), Rows.Employee(2, "name 2"));

        counts.ShouldBe(new RunCounts { Read = 2, Changed = 1, Unchanged = 1 });
        (await NameAsync(here)).ShouldBe("Later");
        var row = await here.StoredAsync(Rows.Employees, "e0001");
        row.RequestedAt.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(row.ChangedAt);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Data_that_was_asked_for_before_still_loses()
    {
        var here = await WrittenAheadAsync();
        var before = await here.NowAsync();
        await using var full = await here.StartAsync();
        await using var delta = await here.StartAsync(SyncType.Delta);
        await here.WriteAsync(delta, Rows.Employees, [Rows.Employee(1, "Later")],
            page => page with { RequestedAt = before.AddSeconds(10) });

        var counts = await here.WriteAsync(full, Rows.Employees, [Rows.Employee(1, "Before")], page => page with { RequestedAt = before });

        counts.ShouldBe(new RunCounts { Read = 1, Outdated = 1 });
        (await NameAsync(here)).ShouldBe("Later");
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_is_met_beside_a_full_sync_counts_as_met_although_the_clock_went_back()
    {
        var here = await WrittenAheadAsync();
        await using var full = await here.StartAsync();
        await here.WriteAsync(full, Rows.Employees, Rows.Employee(1, "name 1"));
        await using var delta = await here.StartAsync(SyncType.Delta);

        await here.WriteAsync(delta, Rows.Employees, Rows.Employee(2, "name 2"));

        (await here.FinishAsync(full, Rows.Employees)).Counts!.Deleted.ShouldBe(0);
    }

    [RequiresTheory(Need.Postgres)]
    [InlineData("'infinity'")]
    [InlineData("now() + interval '1 day'")]
    [InlineData("null")]
    public async Task A_time_that_was_set_by_hand_freezes_no_row(string requestedAt)
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));
        await fixture.ExecuteAsync(
            $"update kombo.hris_employees set requested_at = {requestedAt} where integration_id = @IntegrationId", here);

        (await here.SyncAsync(Rows.Employees, Rows.Employee(1, "Later"), Rows.Employee(2, "name 2"))).Counts
            .ShouldBe(new RunCounts { Read = 2, Changed = 1, Unchanged = 1 });

        (await NameAsync(here)).ShouldBe("Later");
        var row = await here.StoredAsync(Rows.Employees, "e0001");
        row.RequestedAt.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(row.ChangedAt);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_stamp_is_no_earlier_than_the_data_was_asked_for()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        var soon = await here.NowAsync() + TimeSpan.FromSeconds(5); // another machine's time runs a little faster

        await here.WriteAsync(run, Rows.Employees, [Rows.Employee(1, "Ada")], page => page with { RequestedAt = soon });

        (await here.StoredAsync(Rows.Employees, "e0001")).ChangedAt.ShouldBeGreaterThanOrEqualTo(soon.AddMicroseconds(-1));
        (await here.NowAsync()).ShouldBeGreaterThanOrEqualTo(soon.AddMicroseconds(-1));
    }

    // Two employees, written while the clock was ahead.
    async Task<Scenario> WrittenAheadAsync()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        await fixture.ExecuteAsync(
            "update kombo.sync_ticks set t = clock_timestamp() + @Ahead where integration_id = @IntegrationId",
            new { here.IntegrationId, Ahead });
        var then = await fixture.QueryAsync<DateTimeOffset>(
            "select t from kombo.sync_ticks where integration_id = @IntegrationId", new { here.IntegrationId });
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 2), page => page with { RequestedAt = then });
        await here.FinishAsync(run, Rows.Employees);
        return here;
    }

    Task<string> NameAsync(Scenario here) => fixture.QueryAsync<string>(
        "select first_name from kombo.hris_employees where integration_id = @IntegrationId and remote_id = 'e0001'",
        new { here.IntegrationId });
}
