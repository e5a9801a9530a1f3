using Kombo.Core.Runs;
using Kombo.Testing;

namespace Kombo.Worker.Tests.Processes;

/// <summary>Full, delta and webhook runs of one Integration, each a process, at a source that limits the rate.</summary>
public sealed class RateLimitTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    static readonly TimeSpan InTime = TimeSpan.FromMinutes(5); // it is the source that is slow

    [RequiresFact(Need.Postgres)]
    public async Task Runs_at_once_settle_at_a_rate_that_the_source_bears()
    {
        var counts = await AllAtOnceAsync(headers: false);
        counts.Answered.ShouldBeGreaterThan(60);
        counts.Refused.ShouldBeLessThanOrEqualTo(10, "it has to find out the rate, and tries a little more now and then");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Runs_at_once_hold_themselves_to_what_the_source_says()
    {
        var counts = await AllAtOnceAsync(headers: true);
        counts.Answered.ShouldBeGreaterThan(60);
        counts.Refused.ShouldBeLessThanOrEqualTo(3, "requests that were sent before the first of them heard how few are left");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_sync_that_is_never_limited_leaves_no_budget()
    {
        await world.ResetAsync();
        var request = world.Request();
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        (await world.QueryAsync<long>("select count(*) from kombo.rate_budgets where integration_id = $1", request.IntegrationId)).ShouldBe(0);
    }

    async Task<(int Answered, int Refused)> AllAtOnceAsync(bool headers)
    {
        var (request, ids) = await world.SyncedAsync();
        await world.TellAsync(request, [.. ids.Take(40).Select(id => ("hris_employees", id))]);
        await world.Sandbox.ControlAsync("limit", new { requestsPerSecond = 5, headers });
        RunRequest[] requests =
        [
            request with { RunId = request.RunId + "-full" },
            request with { RunId = request.RunId + "-delta", Type = SyncType.Delta },
            request.Webhook("-webhook"),
        ];
        var ends = await Task.WhenAll(requests.Select(async one =>
        {
            await using var worker = world.Start(one);
            return await worker.EndAsync(InTime);
        }));
        foreach (var end in ends)
            (end.ExitCode, end.Word!.Result).ShouldBe((0, "Succeeded"), end.Output);
        (await world.EventsAsync(request)).ShouldBe("done:40");
        (await world.QueryAsync<long>("select count(*) from kombo.rate_askers where integration_id = $1", request.IntegrationId)).ShouldBe(0);
        return await world.Sandbox.LimitedAsync();
    }
}
