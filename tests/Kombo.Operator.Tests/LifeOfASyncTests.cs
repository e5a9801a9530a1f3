using System.Text.Json.Nodes;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Tests.Support;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests;

/// <summary>From the first sight of an Integration to its next sync.</summary>
public sealed class LifeOfASyncTests
{
    [Fact]
    public async Task The_first_sync_starts_at_once_and_says_so()
    {
        await using var harness = await StartAsync();
        var integration = await harness.CreateAsync();
        var status = await harness.UntilAsync(status => status.Active?.Full is not null);
        var job = (await harness.JobsAsync()).ShouldHaveSingleItem();
        job.Name().ShouldBe(JobNames.For("acme", "full", JobNames.InitialSlot, integration.Uid()));
        job.GetController()!.Uid.ShouldBe(integration.Uid());
        status.Active!.Full!.JobName.ShouldBe(job.Name());
        status.Text(ConditionTypes.Ready).ShouldBe("True/Succeeded");
        status.Text(ConditionTypes.Synchronizing).ShouldBe("True/SyncInProgress");
        status.ObservedGeneration.ShouldBe(1);
        harness.Registry.Rows[status.IntegrationId!].State.ShouldBe("ACTIVE");
        (await harness.Cluster.GetAsync<V1ServiceAccount>("kombo-worker", Namespace, CancellationToken.None))
            .ShouldNotBeNull();
        (await harness.Cluster.GetAsync<V1RoleBinding>(
            "kombo-worker", Namespace, CancellationToken.None))!.RoleRef!.Name.ShouldBe("kombo-worker");
    }

    [Fact]
    public async Task The_end_of_a_run_sets_the_next_slot_and_the_job_may_go()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync(spec => spec with { Sync = new(new("10h"), null) });
        var job = (await harness.UntilJobsAsync(1))[0];
        job.Spec!.TtlSecondsAfterFinished.ShouldBeNull(
            "a Job that vanished before its outcome was stored could run twice");
        await harness.AdvanceAsync(TimeSpan.FromMinutes(7));
        var end = harness.Clock.GetUtcNow();
        await harness.FinishAsync(job);
        var status = await harness.UntilAsync(status => status.Full?.LastSyncTime is not null);
        status.Full!.LastSyncTime.ShouldBe(end);
        status.Full.NextSyncTime.ShouldBe(end.AddHours(10));
        status.Active?.Full.ShouldBeNull();
        status.History!.Value.ShouldHaveSingleItem().Result.ShouldBe("Succeeded");
        status.Progress!.Full!.Result.ShouldBe("Succeeded", "it is the worker's, and the operator leaves it alone");
        await Testing.Eventually.BecomesAsync(
            async () => (await harness.JobsAsync())[0].Spec!.TtlSecondsAfterFinished == 3600, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task The_next_sync_starts_at_its_slot_and_not_before()
    {
        await using var harness = await StartAsync();
        var integration = await harness.CreateAsync(spec => spec with { Sync = new(new("10h"), new("8760h")) });
        await harness.FinishAsync((await harness.UntilJobsAsync(1))[0]);
        var slot = (await harness.UntilAsync(status => status.Full?.LastSyncTime is not null))
            .Full!.NextSyncTime!.Value;
        await harness.AdvanceAsync(slot - harness.Clock.GetUtcNow() - TimeSpan.FromSeconds(1));
        await harness.MarkAsync("marker");
        (await harness.GetAsync()).Status!.Active?.Full.ShouldBeNull();
        await harness.AdvanceAsync(TimeSpan.FromSeconds(1));
        var status = await harness.UntilAsync(status => status.Active?.Full is not null);
        status.Active!.Full!.JobName.ShouldBe(JobNames.For("acme", "full", JobNames.Slot(slot), integration.Uid()));
    }

    [Fact]
    public async Task A_token_starts_one_job_and_is_acknowledged()
    {
        await using var harness = await StartAsync();
        var integration = await harness.CreateAsync();
        await harness.FinishAsync((await harness.UntilJobsAsync(1))[0]);
        await harness.UntilAsync(status => status.Full?.LastSyncTime is not null);
        await harness.AnnotateAsync(Annotations.RequestedAt, "please");
        var status = await harness.UntilAsync(status => status.LastHandledReconcileAt == "please");
        var job = (await harness.JobsAsync()).Single(job => job.GetAnnotation(JobAnnotations.RequestToken) == "please");
        job.Name().ShouldBe(JobNames.For("acme", "full", JobNames.TokenSlot("please"), integration.Uid()));
        status.LastRequest!.Result.ShouldBe("Accepted");
        status.LastRequest.JobName.ShouldBe(job.Name());
        await harness.FinishAsync(job);
        await harness.UntilAsync(status => status.LastRequest!.Result == "Completed");
        (await harness.GetAsync()).GetAnnotation(Annotations.RequestedAt)
            .ShouldBe("please", "the annotation belongs to its author");
    }

    [Fact]
    public async Task While_suspended_a_token_is_rejected_and_nothing_runs()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync(spec => spec with { Suspend = true });
        await harness.UntilAsync(status => status.Text(ConditionTypes.Ready) == "True/Suspended");
        await harness.AnnotateAsync(Annotations.RequestedAt, "please");
        var status = await harness.UntilAsync(status => status.LastHandledReconcileAt == "please");
        status.LastRequest!.Result.ShouldBe("Rejected");
        status.LastRequest.Reason.ShouldBe(Reasons.Suspended);
        (await harness.JobsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Operator_and_worker_leave_each_others_status_alone()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.UntilAsync(status => status.Active?.Full is not null);
        var before = (await harness.GetAsync()).Status!;
        await harness.ReportAsync(
            job, new() { RunId = job.GetAnnotation(JobAnnotations.RunId)!, Phase = "Fetching", Records = 10 });
        var between = (await harness.GetAsync()).Status!;
        StatusText.Of(between).ShouldBe(StatusText.Of(before));
        await harness.MergeAsync(new JsonObject { ["spec"] = new JsonObject { ["suspend"] = true } });
        var after = await harness.UntilAsync(status => status.ObservedGeneration == 2);
        after.Progress!.Full!.Records.ShouldBe(10);
    }

    [Fact]
    public async Task Progress_alone_does_not_wake_the_operator()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.UntilAsync(status => status.Active?.Full is not null);
        await harness.MarkAsync("first");
        var before = harness.Reconciles();
        for (var records = 0; records < 20; records++)
            await harness.ReportAsync(
                job, new() { RunId = job.GetAnnotation(JobAnnotations.RunId)!, Records = records });
        await harness.MarkAsync("second");
        harness.Reconciles().ShouldBe(before);
    }

    [Fact]
    public async Task A_job_that_vanished_makes_its_run_lost_and_closes_its_row()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.UntilAsync(status => status.Active?.Full is not null);
        await harness.Cluster.DeleteAsync<V1Job>(
            job.Name(), Namespace, DeleteOptions.Background, CancellationToken.None);
        var status = await harness.UntilAsync(status => status.Full?.LastResult is not null);
        status.Full!.LastResult.ShouldBe("Lost");
        harness.Registry.Closed.ShouldHaveSingleItem().RunId.ShouldBe(job.GetAnnotation(JobAnnotations.RunId));
    }

    [Fact]
    public async Task A_run_that_the_database_knows_is_not_lost()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.UntilAsync(status => status.Active?.Full is not null);
        var run = job.GetAnnotation(JobAnnotations.RunId)!;
        harness.Registry.Runs[run] =
            new RunProgress { RunId = run, Result = "Succeeded", FinishedAt = An.Morning.AddMinutes(1) };
        await harness.AdvanceAsync(TimeSpan.FromMinutes(2));
        await harness.Cluster.DeleteAsync<V1Job>(
            job.Name(), Namespace, DeleteOptions.Background, CancellationToken.None);
        var status = await harness.UntilAsync(status => status.Full?.LastResult is not null);
        status.Full!.LastResult.ShouldBe("Succeeded");
        status.Full.LastSyncTime.ShouldBe(An.Morning.AddMinutes(1));
    }

    [Fact]
    public async Task A_termination_message_tells_the_outcome_where_the_status_does_not()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.UntilAsync(status => status.Active?.Full is not null);
        var word = new RunProgress
        {
            RunId = job.GetAnnotation(JobAnnotations.RunId)!,
            Result = "PartiallyFailed",
            Message = "hris_teams: 403",
        };
        await harness.ShowPodAsync(
            job, An.EndedPod(0, System.Text.Encoding.UTF8.GetString(TerminationMessage.Write(word))).Status!);
        await harness.EndJobAsync(job, "Complete");
        var status = await harness.UntilAsync(status => status.Full?.LastResult is not null);
        status.Full!.LastResult.ShouldBe("PartiallyFailed");
        status.History!.Value[0].Message.ShouldBe("hris_teams: 403");
    }

    [Fact]
    public async Task A_pod_that_cannot_begin_says_so_on_the_integration()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.UntilAsync(status => status.Active?.Full is not null);
        await harness.ShowPodAsync(
            job, An.Pod(new() { Waiting = new() { Reason = "ImagePullBackOff", Message = "no such image" } }).Status!);
        var status = await harness.UntilAsync(status =>
            status.Find(ConditionTypes.Synchronizing)!.Message.Contains("no such image", StringComparison.Ordinal));
        status.Text(ConditionTypes.Synchronizing).ShouldBe("True/SyncInProgress");
    }

    [Fact]
    public async Task A_deleted_integration_leaves_its_row_and_takes_its_jobs()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync();
        var id = (await harness.UntilAsync(status => status.Active?.Full is not null)).IntegrationId!;
        await harness.Cluster.DeleteAsync<V1Alpha1Integration>(
            "acme", Namespace, DeleteOptions.Background, CancellationToken.None);
        await Testing.Eventually.BecomesAsync(
            () => harness.Registry.Rows[id] is { DeletedAt: not null, Connector: "scim", Category: "HRIS" },
            TimeSpan.FromSeconds(30));
        await Testing.Eventually.BecomesAsync(
            async () => (await harness.JobsAsync()).Count == 0, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task An_integration_that_never_synced_leaves_no_open_row_either()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync(spec => spec with { Credentials = new(new LocalReference("nowhere")) });
        var id = (await harness.UntilAsync(status => status.IntegrationId is not null)).IntegrationId!;
        harness.Registry.Rows[id].DeletedAt.ShouldBeNull();
        await harness.Cluster.DeleteAsync<V1Alpha1Integration>(
            "acme", Namespace, DeleteOptions.Background, CancellationToken.None);
        await Testing.Eventually.BecomesAsync(
            () => harness.Registry.Rows[id].DeletedAt is not null, TimeSpan.FromSeconds(30));
    }
}
