using System.Collections.Immutable;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>The conditions. Ready: the configuration is valid and syncs can be scheduled. Stalled, DeletionsHeld,
/// PurgePending, EventsWaiting: only while they are so. A running sync is Synchronizing, never Reconciling, which would hold up whoever waits for a
/// roll-out.</summary>
static class Conditions
{
    const string True = "True";
    const string False = "False";

    public static Draft Set(Draft draft)
    {
        var ready = Ready(draft);
        var wanted = new[]
        {
            ready, Stalled(draft), Synchronizing(draft), SyncSucceeded(draft), DeletionsHeld(draft), PurgePending(draft),
            Webhooks.Waiting(draft),
        };
        var before = draft.Status.Conditions ?? [];
        draft = Tell(draft, Find(before, ConditionTypes.Ready), ready);
        var dated = wanted.OfType<Condition>().Select(condition => Dated(draft, condition, before));
        return draft with { Status = draft.Status with { Conditions = [.. dated] } };
    }

    /// <summary>While an Integration is being deleted with its data.</summary>
    /// <param name="heldUp">Why nothing progresses; null while it does.</param>
    public static Draft SetDeleting(Draft draft, Problem? heldUp, string message)
    {
        var before = draft.Status.Conditions ?? [];
        var waits = draft.WaitingForCapacity.IsEmpty ? null : Reasons.WaitingForCapacity;
        Condition?[] now =
        [
            new(ConditionTypes.Ready, False, Reasons.Deleted, "the Integration is being deleted with its data"),
            heldUp is null ? null : new(ConditionTypes.Stalled, True, heldUp.Reason, message),
            new(ConditionTypes.PurgePending, True, heldUp?.Reason ?? waits ?? Reasons.Purging, message),
        ];
        var dated = now.OfType<Condition>().Select(condition => Dated(draft, condition, before));
        return draft with { Status = draft.Status with { Conditions = [.. dated] } };
    }

    /// <summary>While somebody else's finalizer holds an Integration that is deleted.</summary>
    public static Draft SetGoing(Draft draft)
    {
        var going = new Condition(ConditionTypes.Ready, False, Reasons.Deleted, "the Integration is being deleted: nothing more "
            + "starts, its Jobs go with it, and what still holds it is in metadata.finalizers");
        return draft with
        {
            Status = draft.Status with { Conditions = [Dated(draft, going, draft.Status.Conditions ?? [])] },
        };
    }

    public static Condition? Find(ImmutableArray<Condition>? conditions, string type) =>
        conditions?.FirstOrDefault(condition => condition.Type == type);

    static Condition Dated(Draft draft, Condition condition, ImmutableArray<Condition> before) => condition with
    {
        LastTransitionTime = Find(before, condition.Type) is { } old && old.Status == condition.Status
            ? old.LastTransitionTime : Seconds.Floor(draft.Now),
        ObservedGeneration = draft.Integration.Generation,
        Message = Texts.Limited(condition.Message, 1024),
    };

    static Condition Ready(Draft draft)
    {
        if (draft.Obstacle is { } obstacle)
        {
            var status = obstacle.Kind == ObstacleKind.Suspended ? True : False;
            return new(ConditionTypes.Ready, status, obstacle.Reason, obstacle.Message);
        }

        foreach (var type in Types(draft))
            if (draft.Clock(type).ConsecutiveFailures is { } failures && failures >= draft.Schedule.FailureThreshold)
                return new(
                    ConditionTypes.Ready, False, Reasons.FailureThresholdReached, Failing(draft, type, failures));
        return new(ConditionTypes.Ready, True, Reasons.Succeeded, "the configuration is valid and syncs are scheduled");
    }

    // The remedy in front of the source's words, which may be cut.
    static string Failing(Draft draft, SyncType type, int failures)
    {
        var last = draft.Status.History?.FirstOrDefault(run => run.Type == JobNames.Text(type));
        var reason = last?.Reason ?? draft.Clock(type).LastResult ?? Reasons.Failed;
        return $"the last {Texts.Count(failures, $"{Texts.Type(type)} sync")} failed, lately with {reason}: "
            + $"{Remedies.Of(draft, type, reason)}; the next is tried at the normal frequency"
            + (last?.Message is { } words ? $". What it said: {words}" : "");
    }

    static Condition? Stalled(Draft draft) =>
        draft.Obstacle is { Kind: ObstacleKind.NeedsEdit or ObstacleKind.CredentialsRefused } obstacle
            ? new(ConditionTypes.Stalled, True, obstacle.Reason, obstacle.Message) : null;

    static Condition Synchronizing(Draft draft)
    {
        var running = SyncTypeRules.Reading.Select(type => Running(draft, type)).OfType<string>().ToList();
        if (running is not [])
            return new(ConditionTypes.Synchronizing, True, Reasons.SyncInProgress, string.Join("; ", running));
        var (reason, message) = Waiting(draft);
        return new(ConditionTypes.Synchronizing, False, reason, message);
    }

    static string? Running(Draft draft, SyncType type)
    {
        if (draft.Active(type) is not { } run)
            return null;
        var since = run.StartTime is { } start ? $" since {Texts.Time(start)}" : "";
        var trouble = Trouble(draft, run) is { } message ? $", but {message}" : "";
        return $"{Texts.Run(type)} {run.JobName} ({run.Trigger}){since}{trouble}";
    }

    /// <summary>Why the pod of an active run does not get going; null if nothing is known.</summary>
    public static string? Trouble(Draft draft, ActiveRun run) =>
        draft.Seen.Jobs.FirstOrDefault(job => job.Name == run.JobName && job.Succeeded is null)?.FailureMessage;

    static (string Reason, string Message) Waiting(Draft draft)
    {
        if (draft.Obstacle is { } obstacle)
            return (obstacle.Reason, obstacle.Message);
        if (draft.WaitingForCapacity.Keys.Where(type => type.IsSync()).ToList() is { Count: > 0 } waiting)
            return (Reasons.WaitingForCapacity,
                $"the {string.Join(" and the ", waiting.Select(Texts.Type))} sync waits, because "
                + (draft.Seen.Capacity.WaitsFor ?? "as many syncs as allowed are running (spec.maxActiveSyncs of the "
                    + "SyncSchedule, or the operator's own limit)") + "; the most overdue one is next");
        var isRetrying = Types(draft).Any(type => DueTimes.IsRetrying(draft, type));
        var next = Types(draft).Select(type => Next(draft, type)).OfType<string>().ToList();
        return (isRetrying ? Reasons.WaitingForRetry : Reasons.WaitingForSchedule,
            next is [] ? "the first sync has not begun yet" : string.Join("; ", next));
    }

    static string? Next(Draft draft, SyncType type)
    {
        if (draft.Clock(type).NextSyncTime is not { } next)
            return null;
        return DueTimes.IsRetrying(draft, type)
            ? $"the {Texts.Type(type)} sync failed and is tried again at {Texts.Time(next)}"
            : $"next {Texts.Type(type)} sync at {Texts.Time(next)}";
    }

    static Condition? SyncSucceeded(Draft draft)
    {
        var types = Types(draft).Where(type => draft.Clock(type).LastResult is not null).ToList();
        if (types is [])
            return null;
        var isFailing = types.Where(type => draft.Clock(type).LastResult != nameof(RunResult.Succeeded)).ToList();
        var type = isFailing is [] ? types[0] : isFailing[0];
        var result = draft.Clock(type).LastResult!; // not null: filtered above
        return new(ConditionTypes.SyncSucceeded, isFailing is [] ? True : False, result, LastWords(draft, type));
    }

    static string LastWords(Draft draft, SyncType type)
    {
        var last = draft.Status.History?.FirstOrDefault(run => run.Type == JobNames.Text(type));
        if (last is null)
            return $"the last {Texts.Type(type)} sync: {draft.Clock(type).LastResult}";
        var counts = last.Counts is { } count
            ? $", {count.Read} read, {count.New} new, {count.Changed} changed, {count.Deleted} deleted" : "";
        var when = last.FinishedAt is { } at ? $" at {Texts.Time(at)}" : "";
        return $"the last {last.Type} sync ended{when}{counts}" + (last.Message is { } words ? $": {words}" : "")
            + (last.Reason is { } reason && reason != last.Result ? $" ({reason})" : "");
    }

    static Condition? DeletionsHeld(Draft draft) =>
        ClosedRuns.NewestComplete(draft.Status.History, SyncType.Full) is { Counts.Held: > 0 } run
            ? new(ConditionTypes.DeletionsHeld, True, Reasons.DeletionsHeld,
                $"full sync {run.RunId} held {run.Counts.Held} deletions back, more than spec.deletionGuard allows. If "
                + $"the source really lost them: kubectl annotate integration {draft.Integration.Name} "
                + $"-n {draft.Integration.Namespace} --overwrite kombo.dev/confirmDeletions={run.RunId}")
            : null;

    static Condition? PurgePending(Draft draft)
    {
        if (!Purges.IsNarrowed(draft))
            return null;
        const string What = "values that are out of scope by now may still be stored";
        Condition Of(string reason, string message) => new(ConditionTypes.PurgePending, True, reason, message);
        if (draft.Active(SyncType.Purge) is { Scope.Length: > 0 } run)
            return Of(Reasons.Purging, $"{What}: purge run {run.JobName} removes them"
                + (Trouble(draft, run) is { } trouble ? $", but {trouble}" : ""));
        if (Purges.Obstacle(draft) is { } obstacle)
            return Of(obstacle.Reason, $"{What}, and no purge run can start: {obstacle.Message}");
        if (draft.WaitingForCapacity.ContainsKey(SyncType.Purge))
            return Of(Reasons.WaitingForCapacity, $"{What}: {Purges.WaitsForCapacity}");
        var last = draft.Status.History?.FirstOrDefault(past => past.Type == JobNames.Text(SyncType.Purge));
        return draft.Clock(SyncType.Purge) is { ConsecutiveFailures: > 0, NextSyncTime: { } next }
            ? Of(Reasons.PurgeFailed, $"{What}: the last purge run failed ({last?.Reason ?? Reasons.Failed}) and is tried again "
                + $"at {Texts.Time(next)}" + (last?.Message is { } words ? $". What it said: {words}" : ""))
            : Of(Reasons.Progressing, $"{What}: a purge run is about to start");
    }

    static IEnumerable<SyncType> Types(Draft draft) =>
        draft.Frequencies.Delta is null ? [SyncType.Full] : [SyncType.Full, SyncType.Delta];

    // Events tell changes, not states.
    static Draft Tell(Draft draft, Condition? before, Condition now)
    {
        if (before is null ? now.Status == True : before.Status == now.Status && before.Reason == now.Reason)
            return draft;
        if (now.Status == False)
            return draft.Note(true, now.Reason, "Check", now.Message);
        if (now.Reason is Reasons.Suspended or Reasons.PausedByApi)
            return draft.Note(false, now.Reason, "Check", now.Message);
        return before?.Status == False
            ? draft.Note(false, "Recovered", "Check", now.Message)
            : draft.Note(false, "Resumed", "Check", "syncs start again");
    }
}
