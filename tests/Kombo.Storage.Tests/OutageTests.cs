using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Kombo.Storage.Tests;

/// <summary>A server that is stopped and started again is waited out by who can wait, and told at once to who cannot.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    PostgresServer server = null!; // set before any test runs
    KomboDatabase database = null!; // set before any test runs
    int integrations;

    public async Task InitializeAsync()
    {
        server = await PostgresServer.StartNewAsync();
        database = KomboDatabase.Open(server.ConnectionString, NullLoggerFactory.Instance);
        await database.MigrateAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await database.DisposeAsync();
        await server.DisposeAsync();
    }

    [RequiresFact(Need.Postgres)]
    public async Task Every_step_of_a_run_waits_for_a_server_that_is_away()
    {
        var here = NewScenario();
        await using var run = await AfterAnOutageAsync(here, patient => patient.StartAsync());
        (await AfterAnOutageAsync(here, patient => patient.NowAsync())).ShouldBeGreaterThan(run.StartedAt);
        (await AfterAnOutageAsync(here, patient => patient.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 3)))).New.ShouldBe(3);
        (await AfterAnOutageAsync(here, patient => patient.FinishAsync(run, Rows.Employees))).Result.ShouldBe("Succeeded");
        (await AfterAnOutageAsync(here, patient => patient.Database.CheckSchemaAsync(CancellationToken.None))).Usable.ShouldBeTrue();

        var open = await here.StartAsync(runId: $"{here.IntegrationId}-open");
        await AfterAnOutageAsync(here, async patient =>
        {
            await patient.Database.Finisher.ReleaseAsync(open, CancellationToken.None);
            return true;
        });
        var close = new Decision.CloseRunRow(open.RunId, RunResult.Lost, Reasons.Lost, "gone");
        (await AfterAnOutageAsync(here, patient => patient.Database.Registry.CloseRunAsync(close, CancellationToken.None))).ShouldBeTrue();
        await open.DisposeAsync();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_server_that_goes_away_in_the_middle_of_a_write_loses_and_doubles_nothing()
    {
        var here = NewScenario();
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 2), page => page with { IsLast = false, NextPageToken = "2" });
        await using var hand = await OpenAsync();
        await using var begin = new NpgsqlCommand($"begin; select kombo.take_tick('{here.IntegrationId}')", hand);
        await begin.ExecuteNonQueryAsync();

        var (patient, waits) = Patient(here);
        var write = patient.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(2, 3));
        await Eventually.BecomesAsync(async () => await WaitingAsync() == 1, Long);
        await server.StopAsync();
        await waits;
        await server.StartAsync();

        var counts = await write;
        (counts.New, counts.Unchanged).ShouldBe((2, 1));
        run.Counts.Read.ShouldBe(5);
        run.Stream("hris_employees").Pages.ShouldBe(2);
        (await patient.FinishAsync(run, Rows.Employees)).Counts.ShouldNotBeNull().New.ShouldBe(4);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_connection_that_breaks_while_rows_are_sent_is_made_again_and_they_arrive_once()
    {
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString);
        await using var gate = TcpGate.To(settings.Port);
        (settings.Host, settings.Port) = ("127.0.0.1", gate.Port);
        var broken = new List<string>();
        await using var far = KomboDatabase.Open(settings.ConnectionString, NullLoggerFactory.Instance);
        var here = new Scenario(null, $"sandbox:outage{++integrations}")
        {
            Database = far.With(new DatabasePatience(Long, failure => broken.Add(failure.GetType().Name))),
        };
        await using var run = await here.StartAsync();
        var rows = Rows.EmployeeRange(1, 500).Select(row => row with { RemoteData = $$"""{"note":"{{new string('a', 4_000)}}"}""" });
        gate.BreakAfter(1_000_000); // of two
        (await here.WriteAsync(run, Rows.Employees, [.. rows])).New.ShouldBe(500);
        broken.ShouldHaveSingleItem();
        (await here.FinishAsync(run, Rows.Employees)).Counts.ShouldNotBeNull().New.ShouldBe(500);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_server_that_may_only_be_read_for_a_while_is_waited_for()
    {
        var here = NewScenario();
        await using var run = await here.StartAsync();
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var patience = new DatabasePatience(Long, failure =>
        {
            if (failure.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
                refused.TrySetResult();
        });
        await ReadOnlyAsync("on");
        var patient = new Scenario(null, here.IntegrationId) { Database = database.With(patience) };
        var write = patient.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, 3));
        await refused.Task.WaitAsync(Long);
        await ReadOnlyAsync("off");
        (await write).New.ShouldBe(3);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Who_cannot_wait_is_told_at_once_and_who_waits_no_longer_than_the_limit()
    {
        var here = NewScenario();
        await using var run = await here.StartAsync();
        await server.StopAsync();

        (await Should.ThrowAsync<NpgsqlException>(here.WriteAsync(run, Rows.Employees, [], page => page))).IsPassing().ShouldBeTrue();

        var clock = new ManualClock();
        await using var slow = KomboDatabase.Open(server.ConnectionString, NullLoggerFactory.Instance, clock);
        var began = clock.GetUtcNow();
        var impatient = slow.With(new DatabasePatience(TimeSpan.FromMinutes(1)));
        var check = impatient.CheckSchemaAsync(CancellationToken.None);
        while (!check.IsCompleted)
        {
            if (clock.PendingTimers > 0)
                clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await Should.ThrowAsync<NpgsqlException>(check);
        (clock.GetUtcNow() - began).ShouldBeInRange(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(66));
        await server.StartAsync();
    }

    // The server is down when the act begins, and comes back once the act waits for it.
    async Task<T> AfterAnOutageAsync<T>(Scenario here, Func<Scenario, Task<T>> act)
    {
        var (patient, waits) = Patient(here);
        await server.StopAsync();
        var acting = act(patient);
        await waits;
        await server.StartAsync();
        return await acting;
    }

    (Scenario Patient, Task Waits) Patient(Scenario here)
    {
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var patient = database.With(new DatabasePatience(Long, _ => waits.TrySetResult()));
        return (new Scenario(null, here.IntegrationId) { Database = patient }, waits.Task.WaitAsync(Long));
    }

    Scenario NewScenario() => new(null, $"sandbox:outage{++integrations}") { Database = database };

    // As a primary that was just demoted refuses writes.
    async Task ReadOnlyAsync(string value)
    {
        await using var hand = await OpenAsync();
        foreach (var statement in new[]
        {
            "set default_transaction_read_only = off",
            $"alter system set default_transaction_read_only = {value}",
            "select pg_reload_conf()",
        })
        {
            await using var command = new NpgsqlCommand(statement, hand);
            await command.ExecuteNonQueryAsync();
        }
        // Each process of the server reloads in its own time.
        await Eventually.BecomesAsync(async () => await ReadOnlyAsync() == value, Long);
        await using var end = new NpgsqlCommand(
            "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()", hand);
        await end.ExecuteNonQueryAsync();
    }

    async Task<string> ReadOnlyAsync()
    {
        await using var hand = await OpenAsync();
        await using var command = new NpgsqlCommand("show default_transaction_read_only", hand);
        return (string)(await command.ExecuteScalarAsync())!; // a setting always has a text
    }

    // Not pooled: one that the server has ended is of no use to anybody.
    async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    async Task<long> WaitingAsync()
    {
        await using var hand = await OpenAsync();
        await using var command = new NpgsqlCommand("select count(*) from pg_stat_activity where wait_event_type = 'Lock'", hand);
        return (long)(await command.ExecuteScalarAsync())!; // a count is never null
    }
}
