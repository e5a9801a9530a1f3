using Dapper;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Kombo.Storage.Tests;

/// <summary>A write that took too long must not commit: readers have passed its stamp. Here any write takes too long, because
/// the limit of its sessions is zero.</summary>
public sealed class OldTransactionTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task A_transaction_that_is_too_old_is_undone_as_a_whole()
    {
        await using var hurried = Hurried();
        var here = fixture.NewScenario();
        var there = new Scenario(fixture, here.IntegrationId) { Database = hurried };
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));
        await using var run = await here.StartAsync();
        var before = await here.StoredAsync(Rows.Employees);

        await TooOldAsync(there.WriteAsync(run, Rows.Employees, Rows.Employee(1, "Late"), Rows.Employee(3, "New")));
        (await here.StoredAsync(Rows.Employees)).ShouldBe(before);
        (await CountAsync("sync_checkpoints", here)).ShouldBe(0);

        await here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "name 1"));
        await TooOldAsync(there.FinishAsync(run, Rows.Employees));
        (await here.StoredAsync(Rows.Employees)).ShouldBe(before, "nothing is marked deleted");
        (await fixture.Database.Registry.FindRunsAsync([run.RunId], CancellationToken.None))[run.RunId].Result.ShouldBeNull();
    }

    [RequiresFact(Need.Postgres)]
    public async Task It_is_repeated_and_stamped_anew()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        var failures = new List<string?>();
        var failedAt = DateTimeOffset.MaxValue;
        await using var fresh = Open(new(fixture.ConnectionString) { Pooling = false }); // each session reads the setting again
        var patient = fresh.With(new DatabasePatience(TimeSpan.FromMinutes(1), failure =>
        {
            failures.Add(failure.SqlState);
            failedAt = Hand<DateTimeOffset>("select clock_timestamp()");
            Hand<int>($"{OfDatabase("reset kombo.longest_write")}; select 1");
        }));
        Hand<int>($"{OfDatabase("set kombo.longest_write = '0'")}; select 1");

        var counts = await new Scenario(fixture, here.IntegrationId) { Database = patient }
            .WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 2));

        failures.ShouldBe(["KB020"]);
        counts.New.ShouldBe(2);
        (await here.StoredAsync(Rows.Employees)).ShouldAllBe(row => row.ChangedAt > failedAt);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Without_a_setting_the_limit_is_20_seconds()
    {
        await using var connection = await fixture.Hand.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("select pg_get_functiondef('kombo.refuse_old_stamp'::regproc)", connection);
        (await command.ExecuteScalarAsync()).ShouldBeOfType<string>().ShouldContain("'20 seconds'");
    }

    [RequiresTheory(Need.Postgres)]
    [InlineData("set kombo.longest_write = '0'", "update kombo.hris_employees set first_name = 'By hand' where integration_id = @IntegrationId")]
    [InlineData("reset kombo.longest_write", "update kombo.sync_ticks set t = clock_timestamp() - interval '25 seconds' where integration_id = @IntegrationId")]
    public async Task A_change_by_hand_that_was_held_open_too_long_cannot_be_committed(string limit, string change)
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));
        var before = await here.StoredAsync(Rows.Employees);
        await using var hand = await fixture.Hand.OpenConnectionAsync();
        await hand.ExecuteAsync(limit);
        await using var transaction = await hand.BeginTransactionAsync();
        await hand.ExecuteAsync(change, new { here.IntegrationId });

        var refused = await Should.ThrowAsync<PostgresException>(() => transaction.CommitAsync());

        (refused.SqlState, refused.Hint).ShouldBe(("KB020", "Change them again, in a shorter transaction."));
        (await here.StoredAsync(Rows.Employees)).ShouldBe(before);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_change_by_hand_in_time_and_one_whose_session_allows_more_are_committed()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));

        (await fixture.ExecuteAsync("""
            update kombo.sync_ticks set t = clock_timestamp() - interval '5 seconds' where integration_id = @IntegrationId
            """, here)).ShouldBe(1);
        (await fixture.ExecuteAsync("""
            begin;
            set local kombo.longest_write = '1 hour';
            update kombo.sync_ticks set t = clock_timestamp() - interval '10 minutes' where integration_id = @IntegrationId;
            commit;
            """, here)).ShouldBe(1);
    }

    KomboDatabase Hurried() => Open(new(fixture.ConnectionString) { Options = "-c kombo.longest_write=0" });

    static KomboDatabase Open(NpgsqlConnectionStringBuilder connection) =>
        KomboDatabase.Open(connection.ConnectionString, NullLoggerFactory.Instance);

    string OfDatabase(string act) => $"alter database {new NpgsqlConnectionStringBuilder(fixture.ConnectionString).Database} {act}";

    T Hand<T>(string sql)
    {
        using var connection = fixture.Hand.OpenConnection();
        return connection.QuerySingle<T>(sql);
    }

    static async Task TooOldAsync(Task write) => (await Should.ThrowAsync<PostgresException>(write)).SqlState.ShouldBe("KB020");

    Task<long> CountAsync(string table, Scenario here) => fixture.QueryAsync<long>(
        $"select count(*) from kombo.{table} where integration_id = @IntegrationId", new { here.IntegrationId });
}
