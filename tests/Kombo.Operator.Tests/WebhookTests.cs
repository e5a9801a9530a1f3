using System.Text.Json;
using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Kubernetes;
using Kombo.Operator.Tests.Support;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests;

/// <summary>Events of the source that wait in the database.</summary>
public sealed class WebhookTests
{
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Events_start_a_run_within_seconds_and_the_next_when_it_is_over()
    {
        var (harness, id) = await SyncedAsync(enabled: true);
        await using var _ = harness;
        Tell(harness, id, oldest: 1);

        var run = (await harness.UntilAsync(status => status.Active?.Webhook is not null, step: Poll)).Active!.Webhook!;
        var job = (await harness.JobsAsync()).Single(job => job.Name() == run.JobName);
        run.JobName.ShouldContain("-webhook-w");
        job.Spec!.Template!.Spec!.Containers![0].Args.ShouldBe(["sync"]);
        var request = JsonSerializer.Deserialize(
            job.Spec.Template.Spec.Containers[0].Env!.Single(one => one.Name == WorkerEnvironment.Run).Value!, RunJson.Default.RunRequest)!;
        (request.Type, request.Trigger, request.RunId).ShouldBe((SyncType.Webhook, "Webhook", run.RunId));

        Tell(harness, id, oldest: 2);
        await harness.FinishAsync(job);
        var next = await harness.UntilAsync(
            status => status.Active?.Webhook is { } other && other.RunId != run.RunId, step: Poll);
        next.History!.Value.ShouldContain(one => one.Type == "webhook" && one.Result == "Succeeded");
        next.Full!.LastSyncTime.ShouldBe(
            next.History.Value.Single(one => one.Type == "full").FinishedAt, "it is no sync: clocks of syncs stay");
    }

    [Fact]
    public async Task Events_of_an_Integration_that_does_not_want_them_are_kept_and_said()
    {
        var (harness, id) = await SyncedAsync(enabled: false);
        await using var _ = harness;
        Tell(harness, id, oldest: 1);

        await harness.UntilAsync(status => status.Text(ConditionTypes.EventsWaiting) == "True/WebhooksDisabled", step: Poll);
        await harness.MergeAsync(new()
        {
            ["spec"] = new JsonObject { ["upstreamWebhooks"] = new JsonObject { ["enabled"] = true } },
        });

        var status = await harness.UntilAsync(status => status.Active?.Webhook is not null, step: Poll);
        status.Text(ConditionTypes.EventsWaiting).ShouldBeNull();
    }

    [Fact]
    public async Task Suspended_they_wait_until_it_goes_on()
    {
        var (harness, id) = await SyncedAsync(enabled: true);
        await using var _ = harness;
        await harness.MergeAsync(new() { ["spec"] = new JsonObject { ["suspend"] = true } });
        await harness.UntilAsync(status => status.Text(ConditionTypes.Ready) == "True/Suspended");
        Tell(harness, id, oldest: 1);
        await harness.UntilAsync(status => status.Text(ConditionTypes.EventsWaiting) == "True/Suspended", step: Poll);
        (await harness.JobsAsync()).Count.ShouldBe(1, "only the first sync's");

        await harness.MergeAsync(new() { ["spec"] = new JsonObject { ["suspend"] = false } });

        await harness.UntilAsync(status => status.Active?.Webhook is not null, step: Poll);
    }

    [Fact]
    public async Task A_run_whose_Job_fails_waits_its_delay_and_takes_them_again()
    {
        var (harness, id) = await SyncedAsync(enabled: true);
        await using var _ = harness;
        Tell(harness, id, oldest: 1);
        var first = (await harness.UntilAsync(status => status.Active?.Webhook is not null, step: Poll)).Active!.Webhook!;

        await harness.EndJobAsync((await harness.JobsAsync()).Single(job => job.Name() == first.JobName), "Failed", "DeadlineExceeded");
        await harness.UntilAsync(
            status => status.Text(ConditionTypes.EventsWaiting) == "True/WaitingForRetry" && status.Webhook?.ConsecutiveFailures == 1);
        harness.Registry.Closed.ShouldContain(row => row.RunId == first.RunId);

        var again = await harness.UntilAsync(status => status.Active?.Webhook is not null, step: Poll);
        again.Active!.Webhook!.RunId.ShouldNotBe(first.RunId);
    }

    static async Task<(OperatorHarness Harness, string Id)> SyncedAsync(bool enabled)
    {
        var harness = await StartAsync();
        await harness.CreateAsync(spec => spec with { UpstreamWebhooks = new(enabled) });
        await harness.FinishAsync((await harness.UntilJobsAsync(1))[0]);
        var status = await harness.UntilAsync(status => status.Full?.LastSyncTime is not null);
        return (harness, status.IntegrationId!);
    }

    static void Tell(OperatorHarness harness, string id, long oldest) =>
        harness.Registry.Told[id] = new(id, oldest, harness.Clock.GetUtcNow());
}
