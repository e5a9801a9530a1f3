using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Tests.Support;
using Kombo.Storage;
using Kombo.Storage.Requests;

namespace Kombo.Operator.Tests.Faults;

/// <summary>One Integration in a namespace of its own: what users and workers do to it, and what became of it.</summary>
sealed class Story : IAsyncDisposable
{
    const string Name = "acme";

    readonly FaultPlane plane;
    readonly PlayedWorker worker;
    readonly List<string> tokens = [];
    readonly List<string> asked = [];

    Story(FaultPlane plane, string namespaceName)
    {
        (this.plane, Namespace) = (plane, namespaceName);
        worker = new(plane.Client, TimeProvider.System);
        Chronicle = Chronicle.Begin(plane.Client, namespaceName);
    }

    public string Namespace { get; }

    public Chronicle Chronicle { get; }

    public IntegrationStatus Status => Chronicle.Now(Name)?.Status ?? new();

    KomboDatabase Database => plane.Database;

    public static async Task<Story> BeginAsync(FaultPlane plane) => new(plane, await plane.NewNamespaceAsync());

    /// <summary>A first sync, one for a token, one for the API and one by the schedule.</summary>
    public async Task TellAsync()
    {
        await CreateAsync();
        await UntilRunsAsync(run => run.Trigger == "Initial");
        await RequestAsync("first");
        await FinishAsync();
        await UntilRunsAsync(run => run.Token == "first");
        var asked = await AskAsync("full");
        await FinishAsync();
        await UntilRunsAsync(run => run.RunId == asked.RunId);
        await SetFrequencyAsync("1s");
        await FinishAsync();
        await UntilRunsAsync(run => run.Trigger == "Schedule");
        await SetFrequencyAsync("10h");
        await FinishAsync();
        await UntilQuietAsync();
    }

    public Task CreateAsync(Func<IntegrationSpec, IntegrationSpec>? with = null) => plane.Client.CreateAsync(
        new V1Alpha1Integration
        {
            Metadata = new() { Name = Name, NamespaceProperty = Namespace },
            Spec = An.Integration(with).Spec! with { Sync = new(new("10h"), new("8760h")) },
        },
        CancellationToken.None);

    public Task RequestAsync(string token)
    {
        tokens.Add(token);
        return MergeAsync(new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Annotations.RequestedAt] = token } },
        });
    }

    /// <summary>As the API does.</summary>
    public async Task<AskedRun> AskAsync(string type)
    {
        var run = await Database.Requests.AskAsync(Status.IntegrationId!, type, "test", CancellationToken.None);
        asked.Add(run.RunId);
        return run;
    }

    public Task SetFrequencyAsync(string frequency) => MergeAsync(new JsonObject
    {
        ["spec"] = new JsonObject { ["sync"] = new JsonObject { ["full"] = new JsonObject { ["frequency"] = frequency } } },
    });

    public Task MergeAsync(JsonObject change) => plane.Client.PatchAsync<V1Alpha1Integration>(
        Name, Namespace, V1Patch.Merge(change), new("kubectl"), CancellationToken.None);

    public Task UntilRunsAsync(Func<ActiveRun, bool> wanted) => Chronicle.UntilAsync(
        () => Status.Active?.Full is { } run && wanted(run), "the run is active");

    /// <summary>The one Job that runs succeeds: its worker says so, its pod ends, and the Job controller sees it.</summary>
    public async Task FinishAsync()
    {
        var job = await UntilOneRunsAsync();
        await worker.ReportAsync(job);
        await plane.Client.PatchStatusAsync<V1Pod>(
            Chronicle.PodsOf(job).Single().Name(), Namespace, V1Patch.Merge("""{"status":{"phase":"Succeeded"}}"""),
            PatchOptions.None, CancellationToken.None);
    }

    /// <summary>It fails: its worker says why, and its deadline spares the wait for more attempts.</summary>
    public async Task FailAsync(RunResult result, string message)
    {
        var job = await UntilOneRunsAsync();
        await worker.ReportAsync(job, new()
        {
            RunId = job.GetAnnotation(JobAnnotations.RunId)!, // every Job of ours has one
            Phase = "Finished",
            Result = result.ToString(),
            Reason = result.ToString(),
            Message = message,
            FinishedAt = TimeProvider.System.GetUtcNow(),
        });
        await plane.Client.PatchAsync<V1Job>(
            job.Name(), Namespace, V1Patch.Merge("""{"spec":{"activeDeadlineSeconds":1}}"""), PatchOptions.None,
            CancellationToken.None);
    }

    async Task<V1Job> UntilOneRunsAsync()
    {
        V1Job? found = null;
        await Chronicle.UntilAsync(
            () => Chronicle.Jobs.Where(job => job.IsRunning).ToList() is [var job]
                && Chronicle.PodsOf(found = job.Job).Any(),
            "one Job runs and has a pod");
        return found!; // set by the condition
    }

    /// <summary>Nothing runs, nothing waits, everything is told, and the Jobs may go.</summary>
    public async Task UntilQuietAsync()
    {
        await Chronicle.UntilAsync(
            () => Status is { Active: null, Full.LastSyncTime: not null } status
                && status.LastRequest?.Result is null or "Completed" or "Failed" or "Rejected"
                && status.ObservedGeneration == Chronicle.Now(Name)!.Generation() // there is a status
                && (tokens is [] || status.LastHandledReconcileAt == tokens[^1])
                && Chronicle.Jobs.All(job => job.IsGone || job.Job.Spec!.TtlSecondsAfterFinished is not null),
            "everything is quiet");
        await Testing.Eventually.BecomesAsync(
            async () => (await Database.Requests.ListAsync(CancellationToken.None)).Requests
                .All(request => request.IntegrationId != Status.IntegrationId),
            TimeSpan.FromMinutes(1), "every request of the API is answered");
    }

    /// <summary>What must hold of every story, and of this one.</summary>
    public void ShouldBeRight(string[] triggers)
    {
        Invariants.Check(Chronicle, tokens, byHand: []).ShouldBeEmpty();
        Chronicle.Jobs.Select(job => job.Trigger).ShouldBe(triggers);
        var status = Status;
        status.History!.Value.Select(run => run.RunId).ShouldBe(
            Chronicle.Jobs.Select(job => job.RunId).Reverse().Take(5), "every run is told, the newest first");
        status.History.Value.ShouldAllBe(run => run.Result == "Succeeded");
        status.LastRequest!.Result.ShouldBe("Completed");
        status.Full!.LastSyncTime!.Value.ShouldBe(status.History.Value[0].FinishedAt!.Value);
        status.Full.NextSyncTime.ShouldBe(status.Full.LastSyncTime.Value.AddHours(10));
        asked.ShouldAllBe(run => Chronicle.Jobs.Count(job => job.RunId == run) == 1);
        status.Text(ConditionTypes.Ready).ShouldBe("True/Succeeded");
        status.Text(ConditionTypes.Synchronizing).ShouldBe("False/WaitingForSchedule");
    }

    public ValueTask DisposeAsync() => Chronicle.DisposeAsync();
}
