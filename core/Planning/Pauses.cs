using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>Syncs that the API has switched off: those that run are ended, and their checkpoints stay for the next
/// ones.</summary>
static class Pauses
{
    public static Draft Apply(Draft draft)
    {
        if (!draft.Seen.IsPausedByApi)
            return draft;
        foreach (var type in SyncTypeRules.Reading)
            if (draft.Active(type) is { } run && !draft.Unresolved.Contains(type))
                draft = ClosedRuns.Close(draft, type, run, Cancelled(draft.Now))
                    .Do(new Decision.DeleteJob(run.JobName));
        return draft;
    }

    /// <summary>The end of a run that was ended on purpose, or of one whose Job was gone before that was
    /// stored.</summary>
    public static Outcome Own(Draft draft, Outcome outcome) =>
        draft.Seen.IsPausedByApi && outcome.Result is RunResult.Cancelled or RunResult.Lost
            ? outcome with { IsOnPurpose = draft.Seen.IsPausedByApi } : outcome;

    /// <summary>The clock after that: no failure. What was due stays due, at a time of its own, because the run of the
    /// slot before is closed for good.</summary>
    public static ClockStatus Clock(ClockStatus clock, DateTimeOffset now) => clock with
    {
        NextSyncTime = clock.NextSyncTime > now
            ? clock.NextSyncTime
            : Seconds.Later(Seconds.Ceiling(now), Seconds.Add(clock.NextSyncTime ?? now, TimeSpan.FromSeconds(1))),
    };

    static Outcome Cancelled(DateTimeOffset now) => new(
        RunResult.Cancelled, Reasons.PausedByApi, "syncs were switched off by the API; the next sync goes on from here",
        now);
}
