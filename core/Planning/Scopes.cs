using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>What the scope lets through and what may be stored. A run of an older scope ends when it would write what is out
/// of scope by now, or remove what is in scope again.</summary>
static class Scopes
{
    /// <summary>All that may be stored; null where no sync ever began.</summary>
    // A status of before this was kept: the scope of the last full sync, as it was read. What an Integration of this name
    // before has left may be anything.
    public static string? Stored(Draft draft) =>
        draft.Status.StoredScope ?? draft.Seen.Integration.Status.SyncedScope
        ?? (draft.Seen.MirroredIdentity is null ? null : ScopeFingerprint.Unknown.Text);

    /// <summary>A sync begins that may store all that its scope lets through.</summary>
    public static Draft Begin(Draft draft, SyncType type, string? scope)
    {
        if (type == SyncType.Purge)
            return draft;
        var begun = scope is null ? ScopeFingerprint.Unknown : new ScopeFingerprint(scope);
        var stored = Stored(draft) is { } before ? new ScopeFingerprint(before).Union(begun) : begun;
        return draft with { Status = draft.Status with { StoredScope = stored.Text } };
    }

    /// <summary>What may be stored after a run: after a purge that status knew from its beginning, what it forbade is gone, but
    /// for what syncs bring that have begun since. Of one that it did not know, any may have.</summary>
    public static string? After(Draft draft, SyncType type, ActiveRun run, Outcome outcome) =>
        type == SyncType.Purge && outcome.MovesClock
            && draft.Seen.Integration.Status.Active?.Purge?.RunId == run.RunId
            && run.Scope is { } scope && draft.Status.StoredScope is { } stored
            ? WithRunning(draft, new ScopeFingerprint(stored).Without(new ScopeFingerprint(scope))).Text
            : draft.Status.StoredScope;

    static ScopeFingerprint WithRunning(Draft draft, ScopeFingerprint stored)
    {
        foreach (var type in SyncTypeRules.All.Where(type => type != SyncType.Purge))
            if (draft.Active(type) is { } run)
                stored = stored.Union(run.Scope is { } scope ? new(scope) : ScopeFingerprint.Unknown);
        return stored;
    }

    /// <summary>Ends the runs of a scope that does not hold any more. Before a purge begins: what they write would be
    /// purged in vain.</summary>
    public static Draft EndOutdated(Draft draft)
    {
        if (draft.Seen.Connector is not { } connector || Purges.IsBlocked(draft))
            return draft;
        foreach (var type in SyncTypeRules.All)
            if (draft.Active(type) is { Scope: { } scope } run && !draft.Unresolved.Contains(type)
                && IsOutdated(type, new ScopeFingerprint(scope), connector.Scope))
                draft = ClosedRuns.Close(draft, type, run, Ended(type, draft.Now)).Do(new Decision.DeleteJob(run.JobName));
        return draft;
    }

    /// <summary>The end of a run whose scope does not hold any more, whoever ended it: no failure.</summary>
    public static Outcome Own(Outcome outcome) =>
        outcome is { Result: RunResult.Cancelled, Reason: Reasons.ScopeNarrowed or Reasons.ScopeWidened }
            ? outcome with { IsOnPurpose = true } : outcome;

    /// <summary>Another text after each run of the type, also within the same second; for names.</summary>
    public static string LastRun(Draft draft, SyncType type)
    {
        var runs = draft.Status.History?.Where(run => run.Type == JobNames.Text(type)).Select(run => run.RunId) ?? [];
        return $"{string.Join('+', runs)}/{(draft.Clock(type).LastAttemptTime is { } at ? JobNames.Slot(at) : "")}/{draft.Integration.Generation}";
    }

    static bool IsOutdated(SyncType type, ScopeFingerprint of, ScopeFingerprint wanted) =>
        type == SyncType.Purge ? of.Forbids(wanted) : wanted.Forbids(of);

    static Outcome Ended(SyncType type, DateTimeOffset now) => type == SyncType.Purge
        ? new(RunResult.Cancelled, Reasons.ScopeWidened, "spec.scope lets more through by now", now)
        : new(
            RunResult.Cancelled, Reasons.ScopeNarrowed,
            "spec.scope has become narrower while it ran; the next sync has the new scope", now);
}
