using Kombo.Core.Ids;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>Purge runs: at once when the scope forbids something that may be stored, and once a day. They are no syncs: neither
/// suspension nor missing credentials nor a missing schedule hold them up, nor do syncs take their room. The daily one
/// comes also where the scope is not known or the data is another source's; then only retention applies.</summary>
static class Purges
{
    /// <summary>In words.</summary>
    public const string WaitsForCapacity = "the purge run waits, because as many of them as the operator allows at a time are "
        + "running (its setting MaxActivePurges)";

    /// <summary>Of a purge run, whatever syncs may take: one that hangs holds one of few places. What it has removed stays
    /// removed, and the next one goes on.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromHours(6);

    static readonly TimeSpan Day = TimeSpan.FromDays(1);

    sealed record Candidate(string Trigger, string Slot, DateTimeOffset? At);

    public static Draft Decide(Draft draft)
    {
        if (draft.Status.IntegrationId is not { } id)
            return draft;
        draft = Set(draft);
        return CannotRun(draft) is not null || draft.IsBusy(SyncType.Purge) || Next(draft) is not { } next
            ? draft : Start(draft, next, id);
    }

    /// <summary>Something may be stored that the scope forbids.</summary>
    public static bool IsNarrowed(Draft draft) =>
        Scopes.Stored(draft) is { } stored && draft.Seen.Connector is { } connector
        && connector.Scope.Forbids(new ScopeFingerprint(stored));

    /// <summary>What is out of scope may not be removed: no purge can run, or what it should leave is not known.</summary>
    public static bool IsBlocked(Draft draft) => Obstacle(draft) is not null;

    /// <summary>Why nothing may go for the scope's sake; null if nothing is in the way.</summary>
    public static Problem? Obstacle(Draft draft) =>
        draft.Seen.Problems.FirstOrDefault(problem => problem.Hinders >= Hindered.ScopedRuns)
        ?? Identities.Changes(draft).FirstOrDefault();

    /// <summary>When to look again for its sake; null where nothing is to do, or its end is what matters.</summary>
    public static DateTimeOffset? WakeAt(Draft draft)
    {
        if (draft.WaitingForCapacity.ContainsKey(SyncType.Purge))
            return draft.Now + WakeTimes.CapacityRecheck;
        if (draft.IsBusy(SyncType.Purge) || draft.Clock(SyncType.Purge).NextSyncTime is not { } next)
            return null;
        var isWanted = next <= draft.Now || IsNarrowed(draft);
        if (CannotRun(draft) is { } problem && isWanted)
            return problem.NeedsEdit ? null : draft.Now + WakeTimes.Recheck;
        if (draft.Status.StoredScope is null)
            return null; // for what one before it may have left, the next look at everything is soon enough
        var recheck = isWanted && Obstacle(draft) is { NeedsEdit: false } ? draft.Now + WakeTimes.Recheck : next;
        return Seconds.Earlier(recheck, Seconds.Later(next, draft.Now));
    }

    static Problem? CannotRun(Draft draft) =>
        draft.Seen.Problems.FirstOrDefault(problem => problem.Hinders == Hindered.AllRuns);

    /// <summary>What a run is to leave; null where only retention may apply.</summary>
    static string? ScopeOf(Draft draft) => IsBlocked(draft) ? null : draft.Seen.Connector?.Scope.Text;

    /// <summary>The clock after a purge run.</summary>
    public static ClockStatus After(Draft draft, ClockStatus clock, Outcome outcome)
    {
        if (outcome.IsOnPurpose)
            return Pauses.Clock(clock, draft.Now);
        if (outcome.MovesClock)
            return clock with
            {
                LastSyncTime = outcome.FinishedAt,
                ConsecutiveFailures = null,
                NextSyncTime = NextDaily(draft, Seconds.Later(outcome.FinishedAt, draft.Now)),
            };
        var failures = Math.Min(clock.ConsecutiveFailures ?? 0, 1_000_000) + 1;
        var delay = RetryDelay.After(failures, draft.Schedule, Day);
        return clock with
        {
            ConsecutiveFailures = failures,
            NextSyncTime = Seconds.Add(Seconds.Ceiling(outcome.FinishedAt), delay),
        };
    }

    // A status of before this was kept learns what may be stored as soon as it matters. A stored time that no rule can have
    // put there comes from a clock that jumped. Also before the first sync: an Integration of its name before may have left
    // what is to go in time.
    static Draft Set(Draft draft)
    {
        if (IsNarrowed(draft))
            draft = draft with { Status = draft.Status with { StoredScope = Scopes.Stored(draft) } };
        var clock = draft.Clock(SyncType.Purge);
        return clock.NextSyncTime is { } next && next <= Seconds.Add(draft.Now, 2 * Day)
            ? draft
            : draft.WithClock(SyncType.Purge, clock with
            {
                NextSyncTime = NextDaily(draft, Seconds.Add(draft.Now, Day)),
            });
    }

    static Candidate? Next(Draft draft)
    {
        var clock = draft.Clock(SyncType.Purge);
        var isDue = clock.NextSyncTime <= draft.Now;
        if (clock.ConsecutiveFailures > 0 && !IsEdited(draft))
            return isDue && clock.NextSyncTime is { } retry
                ? new(Triggers.Retry, JobNames.RetrySlot(retry), retry) : null;
        if (ScopeOf(draft) is { } scope && IsNarrowed(draft))
            return new(
                Triggers.ScopeNarrowed,
                JobNames.NarrowingSlot(Scopes.Stored(draft) ?? "", scope, Scopes.LastRun(draft, SyncType.Purge)),
                At: null);
        return isDue && clock.NextSyncTime is { } due ? new(Triggers.Retention, JobNames.Slot(due), due) : null;
    }

    // The edit is probably the remedy.
    static bool IsEdited(Draft draft) => draft.Integration.Status.ObservedGeneration < draft.Integration.Generation;

    // Each Integration has a time of day of its own, so that a thousand of them are not purged at once.
    static DateTimeOffset NextDaily(Draft draft, DateTimeOffset after)
    {
        var midnight = new DateTimeOffset(after.UtcDateTime.Date, TimeSpan.Zero);
        var share = Jitter.Fraction(DateTimeOffset.UnixEpoch, (draft.Integration.Uid, SyncType.Purge));
        var time = Seconds.Add(midnight, TimeSpan.FromSeconds(Math.Floor(Day.TotalSeconds * share)));
        return time > after ? time : Seconds.Add(time, Day);
    }

    static Draft Start(Draft draft, Candidate candidate, string id)
    {
        var scope = ScopeOf(draft);
        var name = JobNames.For(
            draft.Integration.Name, JobNames.Text(SyncType.Purge), candidate.Slot, draft.Integration.Uid);
        if (draft.Seen.Jobs.FirstOrDefault(job => job.Name == name) is { } twin)
            return ActiveRuns.Take(draft, twin);
        if (draft.Seen.Capacity.Purge <= 0)
            return draft.WaitForCapacity(SyncType.Purge, candidate.At ?? draft.Now);
        var now = Seconds.Floor(draft.Now);
        var run = new ActiveRun
        {
            RunId = KomboIds.Run(draft.Integration.Uid, JobNames.Text(SyncType.Purge), candidate.Slot),
            JobName = name,
            Trigger = candidate.Trigger,
            Slot = candidate.At,
            StartTime = now,
            Scope = scope,
        };
        var clock = draft.Clock(SyncType.Purge);
        draft = draft.WithActive(SyncType.Purge, run)
            .WithClock(SyncType.Purge, clock with
            {
                LastAttemptTime = now,
                LastScheduleTime = candidate.At ?? clock.LastScheduleTime,
            })
            .Do(new Decision.StartRun(new StartRun
            {
                JobName = run.JobName,
                RunId = run.RunId,
                Type = SyncType.Purge,
                Trigger = run.Trigger,
                Slot = run.Slot,
                IntegrationId = id,
                Scope = scope ?? "",
                IgnoresScope = scope is null,
                StoredScope = scope is null ? null : Scopes.Stored(draft),
                ActiveDeadline = Deadline,
            }));
        return ActiveRuns.Tell(draft, SyncType.Purge, run);
    }
}
