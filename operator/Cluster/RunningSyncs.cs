using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;

namespace Kombo.Operator.Cluster;

/// <summary>The syncs and purge runs that take room, counted as they change: Jobs that the informer shows, and those that were started
/// and do not show yet. Not safe for several callers at once.</summary>
sealed class RunningSyncs(TimeProvider clock)
{
    // A Job that was created and still does not show after this time is gone again.
    static readonly TimeSpan LongestExpected = TimeSpan.FromMinutes(1);

    readonly Dictionary<NamespacedName, Sync> syncs = [];
    readonly Dictionary<string, NamespacedName> byRun = new(StringComparer.Ordinal);
    readonly Dictionary<NamespacedName, string> resting = [];
    readonly HashSet<string> atRest = new(StringComparer.Ordinal);
    readonly Queue<(NamespacedName Job, long At)> expected = [];
    readonly Dictionary<string, (int Full, int Delta)> bySchedule = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> webhooks = new(StringComparer.Ordinal);
    (int Full, int Delta) all;
    int purges;

    public (int Full, int Delta) All
    {
        get
        {
            Expire();
            return all;
        }
    }

    public int Purges
    {
        get
        {
            Expire();
            return purges;
        }
    }

    public (int Full, int Delta) Of(string schedule)
    {
        Expire();
        return bySchedule.GetValueOrDefault(schedule);
    }

    /// <summary>Webhook runs, which take no room of syncs.</summary>
    /// <param name="schedule">Null: of all.</param>
    public int Webhooks(string? schedule)
    {
        Expire();
        return schedule is null ? webhooks.Values.Sum() : webhooks.GetValueOrDefault(schedule);
    }

    /// <summary>As in the counts.</summary>
    /// <param name="label">The schedule's name as a label.</param>
    public static string Schedule(string? namespaceName, string? label) => $"{namespaceName}/{label}";

    /// <summary>Its Job is about to be made.</summary>
    public void Expect(NamespacedName job, string schedule, StartRun run)
    {
        var now = clock.GetTimestamp();
        Set(job, new(schedule, run.Type, run.RunId, Expected: now));
        expected.Enqueue((job, now));
    }

    public void Show(V1Job job)
    {
        if (JobReader.End(job) is not null || job.Metadata.DeletionTimestamp is not null)
            Forget(NamespacedName.Of(job));
        else
            Set(NamespacedName.Of(job), new(
                Schedule(job.Namespace(), job.GetLabel(Labels.Schedule)), TypeOf(job),
                job.GetAnnotation(JobAnnotations.RunId) ?? "", Expected: null));
    }

    public void Forget(NamespacedName job)
    {
        if (!syncs.Remove(job, out var sync))
            return;
        Count(sync, -1);
        byRun.Remove(sync.RunId);
    }

    /// <param name="runId">The full sync of the Integration that takes no room for now; null: none.</param>
    public void Rest(NamespacedName integration, string? runId)
    {
        var before = resting.GetValueOrDefault(integration);
        if (before == runId)
            return;
        resting.Remove(integration);
        if (before is not null && atRest.Remove(before))
            CountAgain(before);
        if (runId is null)
            return;
        resting[integration] = runId;
        atRest.Add(runId);
        CountAgain(runId);
    }

    void CountAgain(string runId)
    {
        if (byRun.TryGetValue(runId, out var job))
            Set(job, syncs[job]);
    }

    void Set(NamespacedName job, Sync sync)
    {
        if (syncs.TryGetValue(job, out var before))
        {
            Count(before, -1);
            byRun.Remove(before.RunId);
        }
        sync = sync with { IsAtRest = sync.Type == SyncType.Full && atRest.Contains(sync.RunId) };
        syncs[job] = sync;
        byRun[sync.RunId] = job;
        Count(sync, 1);
    }

    void Count(Sync sync, int by)
    {
        if (sync.Type == SyncType.Purge)
            purges += by;
        if (sync.Type == SyncType.Purge || sync.IsAtRest)
            return;
        if (sync.Type == SyncType.Webhook)
        {
            var left = webhooks.GetValueOrDefault(sync.Schedule) + by;
            if (left == 0)
                webhooks.Remove(sync.Schedule);
            else
                webhooks[sync.Schedule] = left;
            return;
        }
        var own = bySchedule.GetValueOrDefault(sync.Schedule);
        (own, all) = sync.Type == SyncType.Delta
            ? ((own.Full, own.Delta + by), (all.Full, all.Delta + by))
            : ((own.Full + by, own.Delta), (all.Full + by, all.Delta));
        if (own == default)
            bySchedule.Remove(sync.Schedule);
        else
            bySchedule[sync.Schedule] = own;
    }

    void Expire()
    {
        while (expected.TryPeek(out var first) && clock.GetElapsedTime(first.At) > LongestExpected)
        {
            expected.Dequeue();
            if (syncs.TryGetValue(first.Job, out var sync) && sync.Expected == first.At)
                Forget(first.Job);
        }
    }

    static SyncType TypeOf(V1Job job) => JobNames.Parse(job.GetAnnotation(JobAnnotations.Type)) ?? SyncType.Full;

    /// <param name="Expected">When it was started; null once the informer has shown it.</param>
    sealed record Sync(string Schedule, SyncType Type, string RunId, long? Expected)
    {
        public bool IsAtRest { get; init; }
    }
}
