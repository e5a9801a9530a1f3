using Kombo.Core.Runs;
using Kombo.Testing;
using Npgsql;

namespace Kombo.Worker.Tests.Processes;

/// <summary>A database server that is stopped in the middle of a sync.</summary>
public sealed class DatabaseOutageTests(WorkerWorld world) : IClassFixture<WorkerWorld>, IAsyncLifetime
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    PostgresServer server = null!; // set before any test runs

    public async Task InitializeAsync()
    {
        server = await PostgresServer.StartNewAsync();
        (await WorkerWorld.MigrateAsync(server.ConnectionString)).ShouldBe(0);
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [RequiresFact(Need.Postgres)]
    public async Task Is_waited_for_and_nothing_is_lost()
    {
        await world.ResetAsync();
        var request = world.Request();
        await using var worker = await HeldInTheMiddleAsync(request, wait: "120");
        await server.StopAsync();
        await world.Sandbox.ControlAsync("release", new { });
        await worker.Process.WaitForLineAsync("attempt 2 failed", Soon);
        await server.StartAsync();

        var end = await worker.EndAsync(Soon);
        end.ExitCode.ShouldBe(0, end.Output);
        await IsWholeAsync(request, end);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Is_waited_for_no_longer_than_the_setting_says_and_the_next_attempt_goes_on()
    {
        await world.ResetAsync();
        var request = world.Request();
        await using (var worker = await HeldInTheMiddleAsync(request, wait: "1"))
        {
            await server.StopAsync();
            await world.Sandbox.ControlAsync("release", new { });
            var end = await worker.EndAsync(Soon);
            end.ExitCode.ShouldBe(1, end.Output);
            end.Word.ShouldNotBeNull().Reason.ShouldBe("DatabaseUnavailable");
            end.Word.Result.ShouldBeNull();
        }

        await server.StartAsync();
        var next = await world.SyncAsync(request, Environment("120"));
        next.ExitCode.ShouldBe(0, next.Output);
        await IsWholeAsync(request, next);
    }

    (string, string?)[] Environment(string wait) =>
    [
        ("KOMBO_DATABASE_CONNECTION", server.ConnectionString),
        ("KOMBO_DATABASE_WAIT_SECONDS", wait),
        ("KOMBO_LEASE_SECONDS", "2"),
    ];

    // Two pages of employees are committed, the third is being asked for.
    async Task<WorkerProcess> HeldInTheMiddleAsync(RunRequest request, string wait)
    {
        await world.Sandbox.ControlAsync("hold", new { collection = "employees", passes = 2 });
        var worker = world.Start(request, Environment(wait));
        await Eventually.BecomesAsync(
            async () => await world.Sandbox.HeldAsync() == 1 && await EmployeesAsync(request) == 400, Soon);
        return worker;
    }

    async Task IsWholeAsync(RunRequest request, WorkerEnd end)
    {
        var counts = await world.Sandbox.CountsAsync();
        (await EmployeesAsync(request)).ShouldBe(counts["employees"]);
        end.Word.ShouldNotBeNull().Counts.ShouldNotBeNull().ShouldSatisfyAllConditions(
            sums => sums.Read.ShouldBe(counts.Values.Sum()),
            sums => sums.New.ShouldBe(counts.Values.Sum()),
            sums => sums.Deleted.ShouldBe(0));
    }

    async Task<long> EmployeesAsync(RunRequest request)
    {
        // A pooled connection may be one that the server has ended.
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "select count(*) from kombo.hris_employees where integration_id = $1 and remote_deleted_at is null", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = request.IntegrationId });
        return (long)(await command.ExecuteScalarAsync())!; // a count is never null
    }
}
