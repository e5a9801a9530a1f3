using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>A sync that the schedule asks for.</summary>
/// <param name="Slot">Its text in names.</param>
/// <param name="At">The stored time; null for a first sync at once.</param>
sealed record DueSync(string Trigger, string Slot, DateTimeOffset? At);

/// <summary>The clocks of full and delta. A next time is computed once, stored, and moved only by the end of a run, by
/// another frequency, or after a failure by an edit of the Integration; never by a restart.</summary>
static class DueTimes
{
    /// <summary>How far clocks may differ before a time in the future is taken for an error.</summary>
    static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    /// <summary>Stores the times that are not there yet, and those that another frequency moves.</summary>
    public static Draft Set(Draft draft)
    {
        draft = Set(Set(draft, SyncType.Full), SyncType.Delta);
        return draft with { Status = draft.Status with { Effective = draft.Frequencies.ToStatus() } };
    }

    /// <summary>The earlier of the two, for those who look; none while nothing would start by itself.</summary>
    public static Draft Summarize(Draft draft)
    {
        var isHalted = draft.Obstacle is { Kind: not ObstacleKind.NotReady };
        var next = Seconds.Earlier(draft.Clock(SyncType.Full).NextSyncTime, draft.Clock(SyncType.Delta).NextSyncTime);
        return draft with { Status = draft.Status with { NextSyncTime = isHalted ? null : next } };
    }

    /// <summary>The clock after a run: a success counts from its completion, a failure waits and leaves the last sync
    /// as it is.</summary>
    public static Draft AfterRun(Draft draft, SyncType type, ActiveRun run, Outcome outcome)
    {
        var clock = draft.Clock(type) with
        {
            LastAttemptTime = run.StartTime ?? draft.Clock(type).LastAttemptTime,
            LastResult = outcome.Result.ToString(),
        };
        if (type == SyncType.Purge)
            return draft.WithClock(type, Purges.After(draft, clock, outcome));
        if (type == SyncType.Webhook)
            return draft.WithClock(type, Webhooks.After(draft, clock, outcome));
        if (outcome.IsOnPurpose)
            return draft.WithClock(type, Pauses.Clock(clock, draft.Now));
        // A source of time that is behind must not make the next sync due before this one began.
        var counted = Seconds.Later(outcome.FinishedAt, run.StartTime ?? outcome.FinishedAt);
        return draft.WithClock(type, outcome.MovesClock
            ? Succeeded(draft, type, clock, (outcome.FinishedAt, counted)) : Failed(draft, type, clock, counted));
    }

    /// <summary>The schedule wants a sync of this type now; null if it does not.</summary>
    public static DueSync? Find(Draft draft, SyncType type)
    {
        var clock = draft.Clock(type);
        if (clock.NextSyncTime is not { } next)
            return type == SyncType.Full && IsNew(clock) ? new(Triggers.Initial, JobNames.InitialSlot, null) : null;
        if (!HasCome(draft, type, next))
            return null;
        if (type == SyncType.Full && IsNew(clock))
            return new(Triggers.Initial, JobNames.Slot(next), next);
        return IsRetrying(draft, type)
            ? new(Triggers.Retry, JobNames.RetrySlot(next), next)
            : new(Triggers.Schedule, JobNames.Slot(next), next);
    }

    /// <summary>The last run failed and the retry delay counts, not the frequency.</summary>
    public static bool IsRetrying(Draft draft, SyncType type) =>
        draft.Clock(type).ConsecutiveFailures is > 0 and var failures && failures < draft.Schedule.FailureThreshold;

    /// <summary>To the next whole second; a time that lies in the future beyond small differences of clocks becomes
    /// now.</summary>
    public static DateTimeOffset Plausible(DateTimeOffset finishedAt, DateTimeOffset now) =>
        Seconds.Ceiling(finishedAt > Seconds.Add(now, Skew) ? now : finishedAt);

    // A stored time further away than any rule can have put it comes from a clock that jumped: it must not freeze the
    // schedule.
    static bool HasCome(Draft draft, SyncType type, DateTimeOffset next)
    {
        if (next <= draft.Now || (draft.Clock(type).ConsecutiveFailures > 0 && RefusedCredentials.HaveChanged(draft)))
            return true;
        var frequency = draft.Frequencies[type]?.Every ?? TimeSpan.MaxValue;
        var furthest = frequency.TotalSeconds * (100 + draft.Schedule.JitterPercent) / 100;
        return (next - draft.Now).TotalSeconds > furthest + Skew.TotalSeconds;
    }

    static bool IsNew(ClockStatus clock) => clock is { LastSyncTime: null, ConsecutiveFailures: null or 0 };

    static Draft Set(Draft draft, SyncType type)
    {
        var before = type == SyncType.Delta ? draft.Status.Effective?.Delta : draft.Status.Effective?.Full;
        var next = draft.Frequencies[type] is { } frequency ? Next(draft, type, frequency.Every, before) : null;
        return draft.WithClock(type, draft.Clock(type) with { NextSyncTime = next });
    }

    static DateTimeOffset? Next(Draft draft, SyncType type, TimeSpan every, string? before)
    {
        var clock = draft.Clock(type);
        var from = CountsFrom(draft, type);
        if (from is null && clock.ConsecutiveFailures is null or 0)
            return Again(clock); // a first full is due at once, a first delta only after it
        if (clock.NextSyncTime is not { } stored)
            return from is { } start ? Jittered(draft, type, every, start) : Seconds.Ceiling(draft.Now);
        if (clock.ConsecutiveFailures > 0 && IsEdited(draft) && stored > draft.Now)
            return Seconds.Earlier(stored, AfterSlot(clock, Seconds.Floor(draft.Now))); // the edit is probably the remedy
        if (before is null || before == Durations.Format(every) || IsRetrying(draft, type))
            return stored;
        // From the end of a failed run, which status does not keep.
        var moved = clock.ConsecutiveFailures > 0 && Durations.TryParse(before, out var old)
            ? Seconds.Ceiling(Seconds.Add(stored, every - old))
            : Jittered(draft, type, every, from ?? draft.Now);
        // The run of the slot that was ended on purpose is closed for good.
        return clock.LastResult == nameof(RunResult.Cancelled) ? Seconds.Later(moved, Seconds.Ceiling(draft.Now)) : moved;
    }

    // The run of a first full that was ended on purpose is closed for good; the next one has a slot of its own.
    static DateTimeOffset? Again(ClockStatus clock) =>
        clock.LastResult == nameof(RunResult.Cancelled) ? clock.NextSyncTime : null;

    // The slot of a run that was ended would name the same run again, and that one is closed for good.
    static DateTimeOffset AfterSlot(ClockStatus clock, DateTimeOffset time) =>
        clock.LastScheduleTime is { } last ? Seconds.Later(time, Seconds.Add(last, TimeSpan.FromSeconds(1))) : time;

    static bool IsEdited(Draft draft) => draft.Integration.Status.ObservedGeneration < draft.Integration.Generation;

    static DateTimeOffset? CountsFrom(Draft draft, SyncType type)
    {
        var (last, full) = (draft.Clock(type).LastSyncTime, draft.Clock(SyncType.Full).LastSyncTime);
        if (type == SyncType.Full)
            return last ?? (draft.Schedule.FirstSyncAtNextSlot
                ? Seconds.Ceiling(draft.Integration.CreationTimestamp ?? draft.Now) : null);
        // A full brings all that a delta would have; where there was no delta yet, or none for long, that is what
        // counts.
        return draft.Clock(type).NextSyncTime is null && full > last ? full : last ?? full;
    }

    static ClockStatus Succeeded(
        Draft draft, SyncType type, ClockStatus clock, (DateTimeOffset Finished, DateTimeOffset Counted) end)
    {
        // An answer that a run of long ago gives again does not turn the clock back; a time that cannot be is replaced.
        var later = clock.LastSyncTime is { } last && last <= Seconds.Add(draft.Now, Skew) ? last : end.Finished;
        var counted = Seconds.Later(end.Counted, later);
        return clock with
        {
            LastSyncTime = Seconds.Later(end.Finished, later),
            ConsecutiveFailures = null,
            NextSyncTime = draft.Frequencies[type] is { } frequency
                ? Jittered(draft, type, frequency.Every, counted) : null,
        };
    }

    static ClockStatus Failed(Draft draft, SyncType type, ClockStatus clock, DateTimeOffset finished)
    {
        var failures = Math.Min(clock.ConsecutiveFailures ?? 0, 1_000_000) + 1;
        var next = draft.Frequencies[type] is { } frequency
            ? RetryDelay.Next(
                finished, RetryDelay.After(failures, draft.Schedule, frequency.Every), draft.Schedule.JitterPercent,
                Jitter.Fraction(finished, (draft.Integration.Uid, type)))
            : (DateTimeOffset?)null;
        return clock with { ConsecutiveFailures = failures, NextSyncTime = next };
    }

    static DateTimeOffset Jittered(Draft draft, SyncType type, TimeSpan every, DateTimeOffset from) =>
        Seconds.Ceiling(Jitter.Apply(
            Seconds.Add(from, every), every, draft.Schedule.JitterPercent, (draft.Integration.Uid, type)));
}
