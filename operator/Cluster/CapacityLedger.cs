using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Cluster;

/// <summary>
/// Counts running syncs: those whose Jobs the informer shows, and those that were started and do not show yet.
/// Counting, deciding and noting are one step, so that two Integrations never take the same room.
/// </summary>
sealed class CapacityLedger(ClusterView view, IOptions<OperatorOptions> options, TimeProvider clock)
{
    // A Job that was created and still does not show after this time is gone again.
    static readonly TimeSpan LongestExpected = TimeSpan.FromMinutes(1);

    readonly Lock gate = new();
    readonly Dictionary<NamespacedName, Expected> expected = [];
    readonly HashSet<NamespacedName> waiting = [];

    /// <summary>Decides without taking room: nothing may be started by this plan.</summary>
    public Plan Preview(Observation seen)
    {
        lock (gate)
            return Plan(seen);
    }

    /// <summary>Decides, and takes the room for what the plan starts.</summary>
    public Plan Decide(Observation seen)
    {
        lock (gate)
        {
            var plan = Plan(seen);
            foreach (var start in plan.Steps.OfType<Decision.StartSync>())
                expected[JobOf(seen, start.Run)] = new(ScheduleLabel(seen), start.Run.Type, clock.GetTimestamp());
            return plan;
        }
    }

    /// <summary>The start failed: its room is free again.</summary>
    public void Release(Observation seen, StartRun run)
    {
        lock (gate)
            expected.Remove(JobOf(seen, run));
    }

    /// <summary>The informer shows the Job, and counts it from now on.</summary>
    public void Seen(NamespacedName job)
    {
        lock (gate)
            expected.Remove(job);
    }

    /// <summary>The Integrations that wait for room.</summary>
    public IReadOnlyList<NamespacedName> TakeWaiting()
    {
        lock (gate)
        {
            NamespacedName[] taken = [.. waiting];
            waiting.Clear();
            return taken;
        }
    }

    // Remembers who waits for room, so that the end of a sync wakes them.
    Plan Plan(Observation seen)
    {
        var plan = SyncPlanner.Decide(seen with { Capacity = Free(seen) });
        var integration = new NamespacedName(seen.Integration.Namespace, seen.Integration.Name);
        if (Changes.IsWaiting(plan.Status))
            waiting.Add(integration);
        else
            waiting.Remove(integration);
        return plan;
    }

    Capacity Free(Observation seen)
    {
        var gone = expected.Where(entry => clock.GetElapsedTime(entry.Value.At) > LongestExpected).ToList();
        foreach (var (job, _) in gone)
            expected.Remove(job);
        var running = view.Jobs.Store.List()
            .Where(job => JobReader.End(job) is null && job.Metadata.DeletionTimestamp is null)
            .Select(job => new Expected(NamespaceAnd(job.Namespace(), job.GetLabel(Labels.Schedule)), TypeOf(job), 0))
            .Concat(expected.Values)
            .ToList();
        var schedule = ScheduleLabel(seen);
        return CapacityRule.Free(
            new(options.Value.MaxActiveSyncs, Count(running)),
            new(
                EffectiveSchedule.Of(seen.Schedule.Spec).MaxActiveSyncs,
                Count(running.Where(run => run.Schedule == schedule))));
    }

    static (int Full, int Delta) Count(IEnumerable<Expected> runs)
    {
        var counts = runs.CountBy(run => run.Type).ToDictionary();
        return (counts.GetValueOrDefault(SyncType.Full), counts.GetValueOrDefault(SyncType.Delta));
    }

    static SyncType TypeOf(V1Job job) =>
        job.GetAnnotation(JobAnnotations.Type) == "delta" ? SyncType.Delta : SyncType.Full;

    static NamespacedName JobOf(Observation seen, StartRun run) => new(seen.Integration.Namespace, run.JobName);

    static string ScheduleLabel(Observation seen) => NamespaceAnd(
        seen.Integration.Namespace,
        LabelValue.Of(seen.Integration.Spec.ScheduleRef?.Name ?? V1Alpha1SyncSchedule.DefaultName));

    static string NamespaceAnd(string? namespaceName, string? schedule) => $"{namespaceName}/{schedule}";

    sealed record Expected(string Schedule, SyncType Type, long At);
}

/// <summary>How many more syncs may start. Pure.</summary>
static class CapacityRule
{
    /// <summary>A fifth of each limit is kept for delta syncs, which are short and are waited for.</summary>
    const int Share = 5;

    /// <param name="Limit">Most syncs at a time.</param>
    /// <param name="Running">Those that run now.</param>
    public sealed record Pool(int Limit, (int Full, int Delta) Running);

    public static Capacity Free(params ReadOnlySpan<Pool> pools)
    {
        var free = Capacity.Unlimited;
        foreach (var (limit, running) in pools)
        {
            var all = Math.Max(0, limit - running.Full - running.Delta);
            var full = Math.Max(0, limit - (limit / Share) - running.Full);
            free = new(Math.Min(free.Full, Math.Min(all, full)), Math.Min(free.Delta, all));
        }
        return free;
    }
}
