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
/// Counts runs as they come and go, and keeps those that wait in order. Counting, deciding and noting are one
/// step, so that two Integrations never take the same room; the most overdue one takes it first.
/// </summary>
sealed class CapacityLedger(WorkQueues queues, IOptions<OperatorOptions> options, TimeProvider clock)
{
    readonly Lock gate = new();
    readonly RunningSyncs running = new(clock);
    readonly WaitingLine line = new(clock);

    /// <summary>Of each schedule that was met: its limit.</summary>
    readonly Dictionary<string, int> limits = new(StringComparer.Ordinal);

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
            foreach (var start in Starts(plan))
                running.Expect(JobOf(seen, start), ScheduleOf(seen), start);
            line.Update(NameOf(seen), ScheduleOf(seen), plan.Waiting);
            return plan;
        }
    }

    /// <summary>A plan that starts nothing is what counts: what waits gets its place, and what waits no more leaves it
    /// to others.</summary>
    public void Note(Observation seen, Plan plan)
    {
        lock (gate)
            line.Update(NameOf(seen), ScheduleOf(seen), plan.Waiting);
        WakeNext();
    }

    /// <summary>The start failed: its room is free again.</summary>
    public void Release(Observation seen, StartRun run)
    {
        lock (gate)
            running.Forget(JobOf(seen, run));
        WakeNext();
    }

    /// <summary>The informer shows the Job as it is now.</summary>
    public void Shown(V1Job job)
    {
        lock (gate)
            running.Show(job);
        WakeNext();
    }

    /// <summary>The informer shows that the Job is gone.</summary>
    public void Gone(V1Job job)
    {
        lock (gate)
            running.Forget(NamespacedName.Of(job));
        WakeNext();
    }

    /// <summary>What its worker reports: a full sync that lets a delta go first, or that waits for its source, takes no
    /// room.</summary>
    public void Reported(V1Alpha1Integration integration)
    {
        var full = integration.Status?.Progress?.Full;
        lock (gate)
            running.Rest(
                NamespacedName.Of(integration), full is { Result: null } && IsAtRest(full) ? full.RunId : null);
        WakeNext();
    }

    /// <summary>The Integration is gone.</summary>
    public void Forget(NamespacedName integration)
    {
        lock (gate)
        {
            running.Rest(integration, null);
            line.Update(integration, "", []);
        }
        WakeNext();
    }

    static bool IsAtRest(RunProgress progress) =>
        progress.Phase == RunPhase.Paused || progress is { Phase: RunPhase.Waiting, WaitingFor: not null };

    // Who stands in front may take the room. Those that wait are not waited for without end.
    Plan Plan(Observation seen)
    {
        var schedule = ScheduleOf(seen);
        limits[schedule] = EffectiveSchedule.Of(seen.Schedule.Spec).MaxActiveSyncs;
        var free = Free(seen, schedule);
        var plan = SyncPlanner.Decide(seen with { Capacity = free });
        var left = free;
        foreach (var start in Starts(plan))
            if (HasOthersFirst(seen, start, free))
                left = left.Without(start.Type);
        return left == free ? plan : SyncPlanner.Decide(seen with { Capacity = left });
    }

    bool HasOthersFirst(Observation seen, StartRun start, Capacity free)
    {
        var since = (start.Type == SyncType.Webhook ? seen.Events?.Since : start.Slot)
            ?? (start.Trigger == Triggers.Initial ? seen.Integration.CreationTimestamp : null) ?? seen.Now;
        var place = new Place(NameOf(seen), ScheduleOf(seen), start.Type, since);
        if (line.CountBefore(place, free.For(start.Type)) >= free.For(start.Type))
            return true;
        var all = Room(Operators()).For(start.Type);
        return line.Schedules.Sum(schedule => line.CountBefore(
            place with { Schedule = schedule }, Math.Min(all, FreeOf(schedule).For(start.Type)))) >= all;
    }

    static IEnumerable<StartRun> Starts(Plan plan) => plan.Steps.OfType<Decision.StartRun>().Select(step => step.Run);

    // At most as many as there is room for; the rest is woken by the next that ends.
    void WakeNext()
    {
        List<Place> next;
        lock (gate)
            next = line.Take(
                type => Room(Operators()).For(type), (schedule, type) => FreeOf(schedule).For(type));
        foreach (var place in next)
            queues.Integrations.Add(place.Integration);
    }

    Capacity Free(Observation seen, string schedule)
    {
        var (own, all) = (CapacityRule.Free(Pool(schedule)), CapacityRule.Free(Operators()));
        var name = seen.Schedule.Name is { } named ? $"SyncSchedule \"{named}\"" : "the built-in schedule";
        var limit = own.Full <= all.Full && own.Delta <= all.Delta
            ? $"all {limits[schedule]} syncs that {name} allows at a time are running, or kept for delta syncs "
                + "(spec.maxActiveSyncs)"
            : $"all {options.Value.MaxActiveSyncs} syncs that the operator allows at a time are running, or kept for "
                + "delta syncs (its setting MaxActiveSyncs)";
        return FreeOf(schedule) with { WaitsFor = limit };
    }

    Capacity FreeOf(string schedule) => Room(Operators(), Pool(schedule));

    // A purge run takes no room from syncs, and no schedule limits them.
    Capacity Room(params ReadOnlySpan<CapacityRule.Pool> pools) =>
        CapacityRule.Free(pools) with { Purge = Math.Max(0, options.Value.MaxActivePurges - running.Purges) };

    CapacityRule.Pool Operators() => new(options.Value.MaxActiveSyncs, running.All)
    {
        Webhooks = running.Webhooks(null),
    };

    CapacityRule.Pool Pool(string schedule) =>
        new(limits.GetValueOrDefault(schedule, options.Value.MaxActiveSyncs), running.Of(schedule))
        {
            Webhooks = running.Webhooks(schedule),
        };

    static NamespacedName NameOf(Observation seen) => new(seen.Integration.Namespace, seen.Integration.Name);

    static NamespacedName JobOf(Observation seen, StartRun run) => new(seen.Integration.Namespace, run.JobName);

    static string ScheduleOf(Observation seen) => RunningSyncs.Schedule(
        seen.Integration.Namespace,
        LabelValue.Of(seen.Integration.Spec.ScheduleRef?.Name ?? V1Alpha1SyncSchedule.DefaultName));
}
