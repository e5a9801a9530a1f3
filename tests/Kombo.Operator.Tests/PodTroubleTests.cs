using Kombo.Core.Resources;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Cluster;
using Kombo.Operator.Tests.Support;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests;

/// <summary>A Job whose pod does not come, or does not start, does not look like a sync that runs.</summary>
public sealed class PodTroubleTests
{
    [Fact]
    public async Task A_Job_without_a_pod_is_told_after_two_minutes_and_its_pod_heals_it()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.UntilAsync(status => status.Active?.Full is not null);
        await harness.AdvanceAsync(TimeSpan.FromSeconds(90));
        Words((await harness.GetAsync()).Status!).ShouldNotContain("but");
        await harness.AdvanceAsync(TimeSpan.FromMinutes(2));
        var status = await harness.UntilAsync(status => Words(status).Contains("no pod of Job", StringComparison.Ordinal));
        Words(status).ShouldContain($"kubectl describe job {job.Name()} -n {Namespace} says why");
        status.Text(ConditionTypes.Synchronizing).ShouldBe("True/SyncInProgress", "it may still come");
        status.Text(ConditionTypes.Ready).ShouldBe("True/Succeeded");

        var version = (await harness.GetAsync()).ResourceVersion();
        var before = harness.Reconciles();
        await harness.AdvanceAsync(TimeSpan.FromMinutes(3));
        await Testing.Eventually.BecomesAsync(() => harness.Reconciles() > before, TimeSpan.FromSeconds(30), "it is looked at again");
        await harness.AdvanceAsync(TimeSpan.FromHours(1));
        await harness.MarkAsync("marker");
        (await harness.GetAsync()).ResourceVersion().ShouldBe(version, "nothing is written for as long as nothing changes");
        (harness.Reconciles() - before).ShouldBeLessThan(25, "each minute at first, then with everything");

        await harness.ShowPodAsync(job, An.Pod(new() { Running = new() }).In("Running").Status!);
        await harness.UntilAsync(status => !Words(status).Contains("but", StringComparison.Ordinal));
        await harness.FinishAsync(job);
        await harness.UntilAsync(status => status.Full?.LastResult == "Succeeded");
    }

    [Fact]
    public async Task A_pod_that_hangs_is_told_after_two_minutes()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.UntilAsync(status => status.Active?.Full is not null);
        await harness.ShowPodAsync(job, An.PendingPod().Status!);
        await harness.AdvanceAsync(TimeSpan.FromMinutes(4));
        var status = await harness.UntilAsync(status => Words(status).Contains("has not started", StringComparison.Ordinal));
        Words(status).ShouldContain($"kubectl describe pod acme-pod -n {Namespace} says why");
    }

    [Fact]
    public async Task Who_is_patient_is_told_later()
    {
        await using var harness = await StartAsync(options => options.StartPatience = TimeSpan.FromMinutes(8));
        await harness.CreateAsync();
        await harness.UntilAsync(status => status.Active?.Full is not null);
        await harness.AdvanceAsync(TimeSpan.FromMinutes(7));
        await harness.MarkAsync("marker");
        Words((await harness.GetAsync()).Status!).ShouldNotContain("but");
        await harness.AdvanceAsync(TimeSpan.FromMinutes(2));
        await harness.UntilAsync(status => Words(status).Contains("has been made in 8m", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pod_that_is_seen_first_in_trouble_wakes_its_Integration()
    {
        await using var harness = await PrepareAsync();
        await harness.StartOperatorAsync(new(harness.Cluster)
        {
            FirstPodStatus = An.Pod(
                new() { Waiting = new() { Reason = "ImagePullBackOff", Message = "no such image" } }).In("Pending").Status,
        });
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.UntilAsync(status => status.Active?.Full is not null);
        await harness.MarkAsync("marker"); // everything before has been looked at
        await harness.CreatePodAsync(job);
        await harness.UntilAsync(status => Words(status).Contains("no such image", StringComparison.Ordinal));
    }

    [Fact]
    public void A_fresh_pod_is_worth_no_look()
    {
        Changes.Matter(new V1Pod { Status = new() { Phase = "Pending" } }).ShouldBeFalse();
        Changes.Matter(new V1Pod { Status = new() { Phase = "Running" } }).ShouldBeTrue();
        Changes.Matter(An.PendingPod()).ShouldBeTrue();
    }

    static string Words(IntegrationStatus status) => status.Find(ConditionTypes.Synchronizing)?.Message ?? "";
}
