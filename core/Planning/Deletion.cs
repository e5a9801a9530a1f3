using Kombo.Core.Ids;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>The end of an Integration whose data goes with it: its runs are stopped, one purge run removes everything, then
/// the finalizer goes. Bounded: what cannot be done in the Integration's namespace in time is left to a later purge, and
/// the registry row says that data remains.</summary>
static class Deletion
{
    static readonly TimeSpan Recheck = TimeSpan.FromSeconds(30);

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
            return draft;
        if (!IsWanted(draft.Integration.Spec))
            return draft.Do(new Decision.RemoveFinalizer());
        draft = ActiveRuns.Settle(draft);
        var purge = draft.Status.History?.FirstOrDefault(run => run.Trigger == Triggers.Deletion);
        if (purge?.Result == nameof(RunResult.Succeeded) || draft.Status.IntegrationId is null || !MayBeStored(draft))
            return draft.Do(new Decision.RemoveFinalizer());
        return Unfinished(draft, purge) is { } why ? HandOver(draft, why) : Purge(Stop(draft));
    }

    /// <summary>When to look again.</summary>
    public static DateTimeOffset? WakeAt(Draft draft) => !draft.Integration.HasFinalizer ? null
        : IsBlocked(draft) ? Seconds.Earlier(draft.Now + Recheck, Deadline(draft)) : Deadline(draft);

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

    static DateTimeOffset Deadline(Draft draft) => Seconds.Add(
        draft.Integration.DeletionTimestamp ?? draft.Now, draft.Seen.DeletionPatience);

    static string? Unfinished(Draft draft, FinishedRun? purge)
    {
        if (purge is not null)
            return $"purge run {purge.RunId} ended: {purge.Result}" + (purge.Message is { } words ? $": {words}" : "");
        if (draft.Seen.IsNamespaceTerminating)
            return "its namespace is being deleted, and no Job can start there any more";
        // Of a namespace that goes, the Secrets go first.
        if (draft.Active(SyncType.Purge)?.Trigger != Triggers.Deletion
            && draft.Seen.Problems.FirstOrDefault(found => found.Reason == Reasons.DatabaseNotConfigured) is { } problem)
            return $"no worker can reach the database from there: {problem.Message}";
        return draft.Now >= Deadline(draft)
            ? $"it was not purged within {Durations.Format(draft.Seen.DeletionPatience)}"
                + (Obstacle(draft) is { } obstacle ? $": {obstacle.Message}" : "")
            : null;
    }

    static Draft HandOver(Draft draft, string why)
    {
        if (!IsBlocked(draft))
            draft = draft.Do(new Decision.CloseIntegrationRow());
        foreach (var job in draft.Seen.Jobs.Where(job => job.Succeeded is null))
            draft = draft.Do(new Decision.DeleteJob(job.Name));
        return draft.Do(new Decision.RemoveFinalizer()).Note(true, Reasons.DataRemains, "Purge",
            $"the mirrored data of {draft.Status.IntegrationId} remains for now, because {why}. Its row in "
            + "kombo.integrations says so (deletion_policy Delete, purged_at null); the next kombo-worker purge --deleted removes it");
    }

    // What the database cannot be told now, it is told by the purge run, which ends all others.
    static Draft Stop(Draft draft)
    {
        if (IsBlocked(draft))
            return draft;
        foreach (var type in new[] { SyncType.Full, SyncType.Delta, SyncType.Purge })
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
            draft = Start(draft, id);
        return Conditions.SetDeleting(draft, Message(draft));
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
            .Do(new Decision.StartSync(new StartRun
            {
                JobName = run.JobName,
                RunId = run.RunId,
                Type = SyncType.Purge,
                Trigger = run.Trigger,
                IntegrationId = id,
                Scope = "",
                Everything = true,
                ActiveDeadline = draft.Schedule.Deadline(SyncType.Full),
            }));
        return ActiveRuns.Tell(draft, SyncType.Purge, run);
    }

    static string Message(Draft draft) => (draft.Active(SyncType.Purge), Obstacle(draft)) switch
    {
        ({ } run, _) => $"purge run {run.JobName} removes all that was mirrored"
            + (Conditions.Trouble(draft, run) is { } trouble ? $", but {trouble}" : ""),
        (_, { } obstacle) => $"its data cannot be removed yet, and is left to a later purge at "
            + $"{Texts.Time(Deadline(draft))}: {obstacle.Message}",
        _ => "its data is about to be removed",
    };
}
