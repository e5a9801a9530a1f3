using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Hosting;
using Kombo.Operator.Leadership;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Kombo.Operator.Tests.Leadership;

/// <summary>What an operator does with the lead, and without it.</summary>
public sealed class LeadershipTests : IDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    readonly FakeLeadership leadership = new();

    public void Dispose() => leadership.Dispose();

    [Fact]
    public async Task Who_does_not_lead_watches_and_writes_nothing_until_it_leads()
    {
        await using var harness = await OperatorHarness.PrepareAsync();
        harness.Leadership = leadership;
        await harness.StartOperatorAsync(new(harness.Cluster));
        await harness.CreateAsync();
        await harness.CreateScheduleAsync("standard", new());
        var stores = harness.View;
        await Eventually.BecomesAsync(
            () => stores is { HasSynced: true, Integrations.Store.Count: 1, Schedules.Store.Count: 1 }, Deadline);
        (harness.Client.Writes, harness.Reconciles(), harness.Registry.Rows.Count).ShouldBe((0, 0, 0));

        leadership.Give();
        await harness.UntilAsync(status => status.Active?.Full is not null);
    }

    [Fact]
    public async Task Who_does_not_lead_can_end_at_any_time()
    {
        await using var harness = await OperatorHarness.PrepareAsync();
        harness.Leadership = leadership;
        await harness.StartOperatorAsync(new(harness.Cluster));
        await harness.StopOperatorAsync();
        harness.Client.Writes.ShouldBe(0);
    }

    [Fact]
    public async Task The_lead_is_given_back_after_the_work_under_way_is_finished()
    {
        await using var harness = await OperatorHarness.PrepareAsync();
        harness.Leadership = leadership;
        leadership.Give();
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        harness.Registry.BeforeUpsert = _ =>
        {
            reached.TrySetResult();
            return goOn.Task;
        };
        var (isReleased, jobsAtRelease) = (false, 0);
        leadership.Released = () => (isReleased, jobsAtRelease) = (true, harness.JobsAsync().GetAwaiter().GetResult().Count);
        await harness.StartOperatorAsync(new(harness.Cluster));
        await harness.CreateAsync();
        await reached.Task.WaitAsync(Deadline);
        var stopping = harness.StopOperatorAsync();
        await harness.CreateAsync(name: "late"); // comes after the stop, and is nobody's work any more
        isReleased.ShouldBeFalse();
        goOn.SetResult();
        await stopping.WaitAsync(Deadline);
        (isReleased, jobsAtRelease).ShouldBe((true, 1));
        (await harness.GetAsync("acme")).Status!.Active!.Full.ShouldNotBeNull("what was begun was finished");
        (await harness.GetAsync("late")).Status.ShouldBeNull();
    }

    [Fact]
    public async Task Events_that_wait_are_written_before_the_lead_is_given_back()
    {
        await using var harness = await OperatorHarness.PrepareAsync();
        var (isReleased, goOn) = (false, new TaskCompletionSource());
        var stopping = await StopAmidEventsAsync(harness, () => isReleased = true, goOn.Task);
        isReleased.ShouldBeFalse();
        goOn.SetResult();
        await stopping.WaitAsync(Deadline);
        isReleased.ShouldBeTrue();
        (await EventsAsync(harness)).ShouldContain("SyncStarted");
    }

    [Fact]
    public async Task Events_that_cannot_be_written_hold_up_the_end_for_seconds()
    {
        await using var harness = await OperatorHarness.PrepareAsync();
        var stopping = await StopAmidEventsAsync(harness, () => { }, new TaskCompletionSource().Task);
        var began = harness.Clock.GetUtcNow();
        await Eventually.BecomesAsync(
            () =>
            {
                if (!stopping.IsCompleted)
                    harness.Clock.Advance(TimeSpan.FromMilliseconds(100));
                return stopping.IsCompleted;
            },
            Deadline);
        (harness.Clock.GetUtcNow() - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(5));
        (await EventsAsync(harness)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lost_lead_cancels_what_is_under_way_without_waiting_for_it()
    {
        await using var harness = await OperatorHarness.PrepareAsync();
        harness.Leadership = leadership;
        leadership.Give();
        var reached = new TaskCompletionSource();
        harness.Registry.BeforeUpsert = cancellationToken =>
        {
            reached.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken); // a database that does not answer
        };
        await harness.StartOperatorAsync(new(harness.Cluster));
        await harness.CreateAsync();
        await reached.Task.WaitAsync(Deadline);
        await leadership.TakeAsync();
        await harness.Ended.WaitAsync(Deadline); // no clock moves here: a grace period would never end
        (await harness.JobsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_write_after_the_lead_is_lost_is_stopped_on_its_way()
    {
        await using var harness = await OperatorHarness.PrepareAsync();
        var client = new LeaderOnlyClient(harness.Cluster, leadership);
        var map = new V1ConfigMap { Metadata = new() { Name = "map", NamespaceProperty = OperatorHarness.Namespace } };
        Func<Task>[] writes =
        [
            () => client.CreateAsync(map, default),
            () => client.ReplaceAsync(map, default),
            () => client.ReplaceStatusAsync(map, default),
            () => client.PatchAsync<V1ConfigMap>("map", OperatorHarness.Namespace, V1Patch.Merge("{}"), PatchOptions.None, default),
            () => client.PatchStatusAsync<V1ConfigMap>(
                "map", OperatorHarness.Namespace, V1Patch.Merge("{}"), PatchOptions.None, default),
            () => client.DeleteAsync<V1ConfigMap>("map", OperatorHarness.Namespace, DeleteOptions.Background, default),
        ];
        foreach (var write in writes)
            (await Should.ThrowAsync<KubernetesException>(write)).Status.Reason.ShouldBe("NotLeader");
        (await client.ListAsync<V1ConfigMap>(OperatorHarness.Namespace, ListOptions.All, default)).Items.ShouldBeEmpty();
        leadership.Give();
        await client.CreateAsync(map, default);
        (await client.GetAsync<V1ConfigMap>("map", OperatorHarness.Namespace, default)).ShouldNotBeNull();
    }

    /// <summary>It has told of a sync, and its first Event is on its way; so is its end.</summary>
    async Task<Task> StopAmidEventsAsync(OperatorHarness harness, Action released, Task goOn)
    {
        harness.Leadership = leadership;
        leadership.Give();
        leadership.Released = released;
        var reached = new TaskCompletionSource();
        await harness.StartOperatorAsync(new(harness.Cluster)
        {
            BeforeEvent = cancellationToken =>
            {
                reached.TrySetResult();
                return goOn.WaitAsync(cancellationToken);
            },
        });
        await harness.CreateAsync();
        await reached.Task.WaitAsync(Deadline);
        await harness.UntilAsync(status => status.Active?.Full is not null);
        return harness.StopOperatorAsync();
    }

    static async Task<IEnumerable<string?>> EventsAsync(OperatorHarness harness) =>
        (await harness.Cluster.ListAsync<Eventsv1Event>(OperatorHarness.Namespace, ListOptions.All, default)).Items
            .Select(told => told.Reason);

    [Fact]
    public async Task It_is_alive_unless_its_lease_is_overrun_and_asks_nobody_for_that()
    {
        var health = new LeaseHealth(leadership);
        (await health.CheckHealthAsync(new(), default)).Status.ShouldBe(HealthStatus.Healthy, "also without the lead");
        leadership.IsOverrun = true;
        (await health.CheckHealthAsync(new(), default)).Status.ShouldBe(HealthStatus.Unhealthy);
    }
}
