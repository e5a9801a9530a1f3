using Kombo.Core.Runs;
using Kombo.Testing;

namespace Kombo.Worker.Tests.Processes;

/// <summary>A worker that dies is continued where it stopped.</summary>
public sealed class ResumeTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [RequiresFact(Need.Postgres)]
    public async Task After_SIGTERM_it_ends_with_4_and_the_next_attempt_fetches_no_committed_page_again()
    {
        await world.ResetAsync();
        var request = world.Request();
        await using (var worker = await HeldInTheMiddleAsync(request))
        {
            worker.Process.Terminate();
            var end = await worker.EndAsync(Soon);
            end.ExitCode.ShouldBe(4, end.Output);
            end.Word.ShouldNotBeNull().Result.ShouldBeNull();
        }

        await FinishesWithoutFetchingAgainAsync(request);
    }

    [RequiresFact(Need.Postgres)]
    public async Task After_SIGKILL_the_next_attempt_takes_over_when_the_lease_has_lapsed_and_fetches_no_committed_page_again()
    {
        await world.ResetAsync();
        var request = world.Request();
        await using (var worker = await HeldInTheMiddleAsync(request))
        {
            worker.Process.Kill();
            await worker.EndAsync(Soon);
        }

        await FinishesWithoutFetchingAgainAsync(request);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_second_worker_of_the_same_run_leaves_it_to_the_first()
    {
        await world.ResetAsync();
        var request = world.Request();
        await using var first = await HeldInTheMiddleAsync(request);
        var second = await world.SyncAsync(request, ("KOMBO_LEASE_SECONDS", "1"));
        second.ExitCode.ShouldBe(1, second.Output);
        second.Word!.Reason.ShouldBe("SyncInProgress");
        await world.Sandbox.ControlAsync("release", new { });
        (await first.EndAsync(Soon)).ExitCode.ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_run_that_was_closed_under_its_worker_writes_nothing_more()
    {
        await world.ResetAsync();
        var request = world.Request();
        await using var worker = await HeldInTheMiddleAsync(request);
        var before = await world.LiveAsync(request, "hris_employees");
        await world.QueryAsync<string>(
            "update kombo.sync_leases set fencing_token = fencing_token + 1, owner = 'another' where integration_id = $1 returning owner",
            request.IntegrationId);
        await world.Sandbox.ControlAsync("release", new { });
        var end = await worker.EndAsync(Soon);
        end.ExitCode.ShouldBe(1, end.Output);
        (await world.LiveAsync(request, "hris_employees")).ShouldBe(before);
    }

    // Two pages of employees are committed, the third is being asked for.
    async Task<WorkerProcess> HeldInTheMiddleAsync(RunRequest request)
    {
        await world.Sandbox.ControlAsync("hold", new { collection = "employees", passes = 2 });
        var worker = world.Start(request, ("KOMBO_LEASE_SECONDS", "2"));
        await Eventually.BecomesAsync(
            async () => await world.Sandbox.HeldAsync() == 1 && await world.LiveAsync(request, "hris_employees") == 400, Soon);
        return worker;
    }

    async Task FinishesWithoutFetchingAgainAsync(RunRequest request)
    {
        var before = await world.Sandbox.RequestsAsync();
        await world.ResetAsync();
        var end = await world.SyncAsync(request, ("KOMBO_LEASE_SECONDS", "2"));
        end.ExitCode.ShouldBe(0, end.Output);
        (await world.Sandbox.RequestsAsync()).Intersect(before).ShouldBeEmpty();
        var counts = await world.Sandbox.CountsAsync();
        (await world.LiveAsync(request, "hris_employees")).ShouldBe(counts["employees"]);
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(0, "what the first attempt saw counts as seen");
        end.Word!.Counts!.Read.ShouldBe(counts.Values.Sum());
    }
}
