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
    int events;

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

    string IntegrationId => Chronicle.Versions.Select(version => version.Status?.IntegrationId).OfType<string>().Last();

    public static async Task<Story> BeginAsync(FaultPlane plane) => new(plane, await plane.NewNamespaceAsync());

    public Task CreateAsync(Func<IntegrationSpec, IntegrationSpec>? with = null) => plane.Client.CreateAsync(
        new V1Alpha1Integration
        {
            Metadata = new() { Name = Name, NamespaceProperty = Namespace },
            Spec = An.Integration(with).Spec! with { Sync = new(new("10h"), new("8760h")) },
        },
        CancellationToken.None);

    public Task CreateScheduleAsync(SyncScheduleSpec spec) => plane.Client.CreateAsync(
        new V1Alpha1SyncSchedule
        {
            Metadata = new() { Name = V1Alpha1SyncSchedule.DefaultName, NamespaceProperty = Namespace },
            Spec = spec,
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

    public Task NarrowAsync(string model) => MergeAsync(new JsonObject
    {
        ["spec"] = new JsonObject
        {
            ["scope"] = new JsonObject { ["models"] = new JsonArray(new JsonObject { ["name"] = model }) },
        },
    });

    public Task DeleteAsync() => plane.Client.DeleteAsync<V1Alpha1Integration>(
        Name, Namespace, DeleteOptions.Background, CancellationToken.None);

    /// <summary>As the API does.</summary>
    public Task PauseAsync(bool paused) => plane.Rows.PauseAsync(IntegrationId, paused);

    /// <summary>As its source does.</summary>
    public Task TellOfEventAsync() => plane.Rows.TellAsync(IntegrationId, $"event-{events++}");

    public Task MergeAsync(JsonObject change) => plane.Client.PatchAsync<V1Alpha1Integration>(
        Name, Namespace, V1Patch.Merge(change), new("kubectl"), CancellationToken.None);

    public Task UntilRunsAsync(Func<ActiveRun, bool> wanted) => UntilRunsAsync(SyncType.Full, wanted);

    /// <summary>Its worker has begun, too.</summary>
    public async Task UntilRunsAsync(SyncType type, Func<ActiveRun, bool> wanted)
    {
        await UntilAsync(status => status.Active?[type] is { } run && wanted(run), $"the {type} run is active");
        JobLife? life = null;
        await Chronicle.UntilAsync(
            () => (life = Chronicle.Jobs.LastOrDefault(job => job.Name == Status.Active?[type]?.JobName)) is not null,
            "its Job is known");
        await plane.Rows.BeginAsync(life!.Job); // set by the condition
    }

    public Task UntilAsync(Func<IntegrationStatus, bool> condition, string what) =>
        Chronicle.UntilAsync(() => condition(Status), what);

    /// <summary>The one Job that runs succeeds: its worker says so, its pod ends, and the Job controller sees it.</summary>
    public async Task FinishAsync()
    {
        var job = await UntilOneRunsAsync();
        await plane.Rows.EndAsync(job, RunResult.Succeeded);
        await worker.ReportAsync(job);
        await plane.Client.PatchStatusAsync<V1Pod>(
            Chronicle.PodsOf(job).Single().Name(), Namespace, V1Patch.Merge("""{"status":{"phase":"Succeeded"}}"""),
            PatchOptions.None, CancellationToken.None);
    }

    /// <summary>It fails: its worker says why, and its deadline spares the wait for more attempts.</summary>
    public async Task FailAsync(RunResult result, string message)
    {
        var job = await UntilOneRunsAsync();
        await plane.Rows.EndAsync(job, result);
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

    /// <summary>The kubelet and the scheduler show the pod so.</summary>
    /// <param name="status">JSON; merged into what is there.</param>
    public async Task ShowPodAsync(string status)
    {
        var job = await UntilOneRunsAsync();
        await plane.Client.PatchStatusAsync<V1Pod>(
            Chronicle.PodsOf(job).Single().Name(), Namespace, V1Patch.Merge($$"""{"status":{{status}}}"""), PatchOptions.None,
            CancellationToken.None);
    }

    /// <summary>Every pod of the one Job that runs ends so, until the Job has no attempt left.</summary>
    /// <param name="status">JSON; merged into what is there.</param>
    public async Task FailPodsAsync(string status)
    {
        var job = await UntilOneRunsAsync();
        await MergeJobAsync("""{"spec":{"backoffLimit":0}}"""); // the Job controller may see it later than the pod's end
        await Testing.Eventually.BecomesAsync(
            async () =>
            {
                foreach (var pod in Chronicle.PodsOf(job).Where(pod => pod.Status?.Phase == "Pending"))
                    await plane.Client.PatchStatusAsync<V1Pod>(
                        pod.Name(), Namespace, V1Patch.Merge($$"""{"status":{{status}}}"""), PatchOptions.None, CancellationToken.None);
                return Chronicle.Jobs.Single(life => life.Uid == job.Uid()).HasEnded;
            },
            TimeSpan.FromMinutes(1));
    }

    public async Task MergeJobAsync(string change) => await plane.Client.PatchAsync<V1Job>(
        Chronicle.Jobs.Single(job => job.IsRunning).Name, Namespace, V1Patch.Merge(change), PatchOptions.None,
        CancellationToken.None);

    async Task<V1Job> UntilOneRunsAsync()
    {
        V1Job? found = null;
        await Chronicle.UntilAsync(
            () => Chronicle.Jobs.Where(job => job.IsRunning).ToList() is [var job]
                && Chronicle.PodsOf(found = job.Job).Any() && found.Status?.StartTime is not null,
            "one Job runs and has a pod"); // a deadline that is set before its start is stored is not noticed
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

    /// <summary>It is gone, nothing runs, and its row says so. What else it owned is the garbage collector's affair.</summary>
    public async Task UntilGoneAsync()
    {
        await Chronicle.UntilAsync(
            () => Chronicle.Versions is not [] && Chronicle.Now(Name) is null
                && Chronicle.Jobs.All(job => job is { Trigger: "Deletion" } ? job.IsGone : !job.IsRunning),
            "it is gone");
        await Testing.Eventually.BecomesAsync(
            async () => await Database.Registry.FindAsync(IntegrationId, CancellationToken.None)
                is { DeletedAt: not null, DeletionPolicy: "Delete" },
            TimeSpan.FromMinutes(1), "its row is closed");
    }

    /// <summary>How the runs ended, by their rows, in the order of their Jobs; null: one that has not.</summary>
    public async Task<IReadOnlyList<string?>> ResultsAsync()
    {
        var rows = await Database.Registry.LastRunsAsync(IntegrationId, limit: 100, CancellationToken.None);
        return [.. Chronicle.Jobs.Select(
            job => rows.Single(row => row.Progress.RunId == job.RunId).Progress.Result)];
    }

    public void ShouldBeGone(string[] triggers)
    {
        Invariants.Check(Chronicle, tokens, byHand: []).ShouldBeEmpty();
        Chronicle.Jobs.Select(job => job.Trigger).ShouldBe(triggers);
    }

    /// <summary>What must hold of every story, and of this one.</summary>
    public void ShouldBeRight(string[] triggers)
    {
        Invariants.Check(Chronicle, tokens, byHand: []).ShouldBeEmpty();
        Chronicle.Jobs.Select(job => job.Trigger).ShouldBe(triggers);
        var status = Status;
        var last = status.History!.Value.Single(run => run.RunId == Chronicle.Jobs[^1].RunId);
        status.LastRequest!.Result.ShouldBe("Completed");
        status.Full!.LastSyncTime!.Value.ShouldBe(last.FinishedAt!.Value);
        status.Full.NextSyncTime.ShouldBe(status.Full.LastSyncTime.Value.AddHours(10));
        asked.ShouldAllBe(run => Chronicle.Jobs.Count(job => job.RunId == run) == 1);
        status.Text(ConditionTypes.Ready).ShouldBe("True/Succeeded");
        status.Text(ConditionTypes.Synchronizing).ShouldBe("False/WaitingForSchedule");
    }

    public ValueTask DisposeAsync() => Chronicle.DisposeAsync();
}
