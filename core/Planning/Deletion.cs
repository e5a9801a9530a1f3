using Kombo.Core.Ids;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>The end of an Integration whose data goes with it: its runs are stopped, one purge run removes everything, then
/// the finalizer goes. A purge that works is waited for, as long as its Job may run. Bounded is how long it may be held up:
/// what cannot be done in the Integration's namespace in time is left to a later purge, and the registry row says that data
/// remains.</summary>
static class Deletion
{
    /// <summary>A Job has a pod that runs within moments, if nothing is wrong.</summary>
    static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(1);

    public static bool IsWanted(IntegrationSpec spec) => spec.DeletionPolicy == "Delete";

    /// <summary>Puts the finalizer on or takes it off, as the policy says, while the Integration lives.</summary>
    public static Draft Guard(Draft draft) => (IsWanted(draft.Integration.Spec), draft.Integration.HasFinalizer) switch
    {
        (true, false) => draft.Do(new Decision.AddFinalizer()),
        (false, true) => draft.Do(new Decision.RemoveFinalizer()),
        _ => draft,
    };

    public static Draft Decide(Draft draft)
    {
        if (!draft.Integration.HasFinalizer)
            return Conditions.SetGoing(draft);
        if (!IsWanted(draft.Integration.Spec))
            return LetGo(draft);
        draft = ActiveRuns.Settle(draft);
        var purge = draft.Status.History?.FirstOrDefault(run => run.Trigger == Triggers.Deletion);
        if (purge?.Result == nameof(RunResult.Succeeded) || draft.Status.IntegrationId is null || !MayBeStored(draft))
            return LetGo(draft);
        return Unfinished(draft, purge) is { } why ? HandOver(draft, why) : Purge(Stop(draft));
    }

    /// <summary>When to look again; null while a purge works, whose end is a watch event.</summary>
    public static DateTimeOffset? WakeAt(Draft draft) => draft switch
    {
        { Integration.HasFinalizer: false } => null,
        _ when HeldUp(draft) is not null => Seconds.Earlier(draft.Now + WakeTimes.Recheck, Deadline(draft)),
        { WaitingForCapacity.IsEmpty: false } => draft.Now + WakeTimes.CapacityRecheck,
        _ when Job(draft) is { } job && !IsWorking(draft, job) => draft.Now + WakeTimes.Recheck,
        _ => null,
    };

    public static string Explain(Draft draft) => draft switch
    {
        { Integration.HasFinalizer: false } => "The Integration is being deleted; nothing more starts.",
        _ when draft.Steps.OfType<Decision.RemoveFinalizer>().Any() => "The Integration is being deleted; the finalizer goes now.",
        _ => "The Integration is being deleted with its data: " + Message(draft) + ".",
    };

    static bool IsBlocked(Draft draft) => Obstacle(draft) is not null;

    // Whoever deletes an Integration deletes its schedule, its connector and its Secrets with it, in any order.
    static Problem? Obstacle(Draft draft) =>
        draft.Seen.Problems.FirstOrDefault(problem => problem.Hinders == Hindered.AllRuns);

    static bool MayBeStored(Draft draft) => Scopes.Stored(draft) is not null || draft.Status.Identity is not null;

    static ActiveRun? Active(Draft draft) =>
        draft.Active(SyncType.Purge) is { Trigger: Triggers.Deletion } run ? run : null;

    /// <summary>Why nothing progresses; null while the purge works, is about to, or waits for its turn.</summary>
    static Problem? HeldUp(Draft draft)
    {
        if (Active(draft) is null || draft.Unresolved.Contains(SyncType.Purge))
            return Obstacle(draft);
        if (Job(draft) is not { } job || IsWorking(draft, job))
            return null;
        var isYoung = job.CreatedAt > draft.Now - LongestStart;
        return isYoung && job.FailureMessage is null ? null : new(
            job.FailureReason ?? Reasons.Progressing,
            $"purge run {job.Name} does not run: {job.FailureMessage ?? "no pod of its Job does"}",
            NeedsEdit: false);
    }

    static ObservedJob? Job(Draft draft) =>
        draft.Seen.Jobs.FirstOrDefault(job => job.Name == Active(draft)?.JobName);

    // Between two pods of its Job it still works, until one of them says what is wrong.
    static bool IsWorking(Draft draft, ObservedJob job) => job.FailureMessage is null
        && (job.IsRunning || draft.Integration.Status.Progress?.Purge?.RunId == job.RunId);

    // From when it came to be held up, which the condition Stalled remembers.
    static DateTimeOffset Deadline(Draft draft)
    {
        var deleted = draft.Integration.DeletionTimestamp ?? draft.Now;
        var since = Conditions.Find(draft.Integration.Status.Conditions, ConditionTypes.Stalled)?.LastTransitionTime ?? draft.Now;
        return Seconds.Add(Seconds.Later(deleted, since), draft.Seen.DeletionPatience);
    }

    static string? Unfinished(Draft draft, FinishedRun? purge)
    {
        if (purge is not null)
            return $"purge run {purge.RunId} ended: {purge.Result}" + (purge.Message is { } words ? $": {words}" : "");
        if (Active(draft) is null && draft.Seen.IsNamespaceTerminating)
            return "its namespace is being deleted, and no Job can start there any more";
        // Of a namespace that goes, the Secrets go first.
        if (Active(draft) is null
            && draft.Seen.Problems.FirstOrDefault(found => found.Reason == Reasons.DatabaseNotConfigured) is { } problem)
            return $"no worker can reach the database from there: {problem.Message}";
        return HeldUp(draft) is { } heldUp && draft.Now >= Deadline(draft)
            ? $"it was held up for {Durations.Format(draft.Seen.DeletionPatience)}: {heldUp.Message}" : null;
    }

    // The Job of the purge has no owner that takes it along.
    static Draft LetGo(Draft draft)
    {
        foreach (var job in draft.Seen.Jobs.Where(job => job.Trigger == Triggers.Deletion))
            draft = draft.Do(new Decision.DeleteJob(job.Name));
        return draft.Do(new Decision.RemoveFinalizer());
    }

    static Draft HandOver(Draft draft, string why)
    {
        if (!IsBlocked(draft))
            draft = draft.Do(new Decision.CloseIntegrationRow());
        foreach (var job in draft.Seen.Jobs.Where(job => job.Succeeded is null && job.Trigger != Triggers.Deletion))
            draft = draft.Do(new Decision.DeleteJob(job.Name));
        return LetGo(draft).Note(true, Reasons.DataRemains, "Purge",
            $"the mirrored data of {draft.Status.IntegrationId} remains for now, because {why}. Its row in "
            + "kombo.integrations says so (deletion_policy Delete, purged_at null); the next kombo-worker purge --deleted removes it");
    }

    // What the database cannot be told now, it is told by the purge run, which ends all others.
    static Draft Stop(Draft draft)
    {
        if (IsBlocked(draft))
            return draft;
        foreach (var type in SyncTypeRules.All)
            if (draft.Active(type) is { } run && run.Trigger != Triggers.Deletion)
                draft = ClosedRuns.Close(draft, type, run, Ended(draft.Now)).Do(new Decision.DeleteJob(run.JobName));
        return draft;
    }

    static Outcome Ended(DateTimeOffset now) => new(
        RunResult.Cancelled, Reasons.Deleted, "the Integration is being deleted with its data", now)
    {
        IsOnPurpose = true,
    };

    static Draft Purge(Draft draft)
    {
        if (draft.Active(SyncType.Purge) is null && !IsBlocked(draft) && draft.Status.IntegrationId is { } id)
            draft = draft.Seen.Capacity.Purge > 0 ? Start(draft, id) : draft.WaitForCapacity(
                SyncType.Purge, draft.Integration.DeletionTimestamp ?? draft.Now);
        return Conditions.SetDeleting(draft, HeldUp(draft), Message(draft));
    }

    static Draft Start(Draft draft, string id)
    {
        var (uid, type) = (draft.Integration.Uid, JobNames.Text(SyncType.Purge));
        var run = new ActiveRun
        {
            RunId = KomboIds.Run(uid, type, JobNames.DeletionSlot),
            JobName = JobNames.For(draft.Integration.Name, type, JobNames.DeletionSlot, uid),
            Trigger = Triggers.Deletion,
            StartTime = Seconds.Floor(draft.Now),
        };
        draft = draft.Do(new Decision.CloseIntegrationRow())
            .WithActive(SyncType.Purge, run)
            .WithClock(SyncType.Purge, draft.Clock(SyncType.Purge) with { LastAttemptTime = run.StartTime })
            .Do(new Decision.StartRun(new StartRun
            {
                JobName = run.JobName,
                RunId = run.RunId,
                Type = SyncType.Purge,
                Trigger = run.Trigger,
                IntegrationId = id,
                Scope = "",
                Everything = true,
                ActiveDeadline = Purges.Deadline,
            }));
        return ActiveRuns.Tell(draft, SyncType.Purge, run);
    }

    static string Message(Draft draft) => (HeldUp(draft), Active(draft)) switch
    {
        ({ } heldUp, _) => $"its data cannot be removed yet, and is left to a later purge at {Texts.Time(Deadline(draft))}: "
            + heldUp.Message,
        (_, { } run) => $"purge run {run.JobName} removes all that was mirrored",
        _ when !draft.WaitingForCapacity.IsEmpty => Purges.WaitsForCapacity,
        _ => "its data is about to be removed",
    };
}
