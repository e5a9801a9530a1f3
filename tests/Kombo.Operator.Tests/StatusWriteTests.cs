using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests;

/// <summary>A status is written to the very version of the object that was decided on.</summary>
public sealed class StatusWriteTests
{
    [Fact]
    public async Task A_status_never_lands_on_an_integration_that_was_made_again()
    {
        await using var harness = await PrepareAsync();
        V1Alpha1Integration? second = null;
        var client = new FaultyClient(harness.Cluster)
        {
            BeforeStatus = async () =>
            {
                await harness.Cluster.DeleteAsync<V1Alpha1Integration>(
                    "acme", Namespace, DeleteOptions.Background, CancellationToken.None);
                second = await harness.CreateAsync(spec => spec with { Suspend = true });
            },
        };
        var first = await harness.CreateAsync(spec => spec with { Connector = "no-such-connector" });
        await harness.StartOperatorAsync(client);
        var status = await harness.UntilAsync(status => status.Conditions is not null);
        second!.Uid().ShouldNotBe(first.Uid());
        status.Text(ConditionTypes.Ready).ShouldBe("True/Suspended", "what the first one's status said is not in it");
    }

    [Fact]
    public async Task A_change_in_between_is_decided_on_again_and_told_once()
    {
        await using var harness = await PrepareAsync();
        await harness.CreateAsync();
        await harness.StartOperatorAsync(new(harness.Cluster)
        {
            BeforeStatus = () => harness.MergeAsync(
                JsonNode.Parse("""{"spec": {"sync": {"full": {"frequency": "7h"}}}}""")!.AsObject()),
        });
        var status = await harness.UntilAsync(status => status.Active?.Full is not null);
        status.Effective!.Full.ShouldBe("7h");
        status.ObservedGeneration.ShouldBe(2);
        (await harness.JobsAsync()).ShouldHaveSingleItem().Name().ShouldBe(status.Active!.Full!.JobName);
        await ShouldTellOnceAsync(harness, "SyncStarted");
    }

    [Fact]
    public async Task A_run_that_ends_while_its_worker_still_reports_is_told_once()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.UntilAsync(status => status.Active?.Full is not null);
        var run = job.GetAnnotation(JobAnnotations.RunId)!;
        harness.Client.BeforeStatus = () => harness.ReportAsync(
            job, new() { RunId = run, Result = "Succeeded", FinishedAt = An.Morning, Records = 7 });
        await harness.FinishAsync(job);
        var status = await harness.UntilAsync(status => status.Full?.LastResult == "Succeeded");
        status.Progress!.Full!.Records.ShouldBe(7);
        await ShouldTellOnceAsync(harness, "SyncSucceeded");
    }

    [Fact]
    public async Task A_status_of_a_schedule_waits_for_the_newest_copy()
    {
        await using var harness = await PrepareAsync();
        await harness.CreateScheduleAsync("nightly", new() { JitterPercent = 20 });
        await harness.StartOperatorAsync(new(harness.Cluster)
        {
            BeforeStatus = () => harness.Cluster.PatchAsync<V1Alpha1SyncSchedule>(
                "nightly", Namespace, V1Patch.Merge("""{"metadata": {"labels": {"of": "another"}}}"""), new("kubectl"),
                CancellationToken.None),
        });
        await Eventually.BecomesAsync(
            async () =>
            {
                harness.Clock.Advance(TimeSpan.FromSeconds(1));
                return (await harness.Cluster.GetAsync<V1Alpha1SyncSchedule>(
                    "nightly", Namespace, CancellationToken.None))!.Status?.Conditions is not null;
            },
            TimeSpan.FromSeconds(30));
    }

    static async Task ShouldTellOnceAsync(OperatorHarness harness, string reason)
    {
        async Task<IReadOnlyList<Eventsv1Event>> Told() =>
        [
            .. (await harness.Cluster.ListAsync<Eventsv1Event>(Namespace, ListOptions.All, CancellationToken.None))
                .Items.Where(note => note.Regarding?.Name == "acme" && note.Reason == reason),
        ];
        await Eventually.BecomesAsync(async () => await Told() is not [], TimeSpan.FromSeconds(30));
        await harness.StopOperatorAsync(); // writes what it has to tell
        (await Told()).ShouldHaveSingleItem().Series.ShouldBeNull();
    }
}
