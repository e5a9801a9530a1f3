using System.Collections.Immutable;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>What the end of a run changes: clock, history, request, synced scope, what is known of the
/// credentials.</summary>
static class ClosedRuns
{
    const int LongestHistory = 5;

    public static Draft Close(Draft draft, SyncType type, ActiveRun run, Outcome outcome)
    {
        outcome = Pauses.Own(draft, outcome) with { FinishedAt = DueTimes.Plausible(outcome.FinishedAt, draft.Now) };
        draft = DueTimes.AfterRun(draft, type, run, outcome).WithActive(type, null);
        draft = draft with
        {
            Status = draft.Status with
            {
                History = History(draft.Status.History ?? [], Finished(type, run, outcome)),
                SyncedScope = (type == SyncType.Full && outcome.MovesClock ? run.Scope : null)
                    ?? draft.Status.SyncedScope,
                CredentialsFailure = RefusedCredentials.After(draft, outcome),
                LastRequest = Requests.Answered(draft.Status.LastRequest, run, outcome),
            },
        };
        // Also where the worker said so: it may not have reached the row, or have failed before it opened the database.
        // A row that is closed stays as it is, and here is the one place that every such word passes.
        if (!outcome.MovesClock)
            draft = draft.Do(new Decision.CloseRunRow(run.RunId, outcome.Result, outcome.Reason, outcome.Message));
        return Tell(draft, type, run, outcome);
    }

    /// <summary>The newest run of the type that counts for the schedule; null if history holds none.</summary>
    public static FinishedRun? NewestComplete(ImmutableArray<FinishedRun>? history, SyncType type) =>
        history?.FirstOrDefault(run => run.Type == JobNames.Text(type) && MovesClock(run));

    /// <summary>Counts for the schedule.</summary>
    public static bool MovesClock(FinishedRun run) =>
        run.Result is nameof(RunResult.Succeeded) or nameof(RunResult.PartiallyFailed);

    static FinishedRun Finished(SyncType type, ActiveRun run, Outcome outcome) => new()
    {
        RunId = run.RunId,
        Type = JobNames.Text(type),
        Trigger = run.Trigger,
        Result = outcome.Result.ToString(),
        Reason = outcome.Reason,
        Message = outcome.Message.Length == 0 ? null : outcome.Message,
        StartTime = run.StartTime,
        FinishedAt = outcome.FinishedAt,
        Counts = outcome.Counts,
    };

    // Newest first. The last full that counted stays, however many deltas follow: held deletions refer to it.
    static ImmutableArray<FinishedRun> History(ImmutableArray<FinishedRun> history, FinishedRun run)
    {
        ImmutableArray<FinishedRun> all = [.. history.Where(other => other.RunId != run.RunId).Append(run)
            .OrderByDescending(other => other.FinishedAt)];
        if (all.Length <= LongestHistory)
            return all;
        var newest = all[..LongestHistory];
        return NewestComplete(newest, SyncType.Full) is null && NewestComplete(all, SyncType.Full) is { } full
            ? newest.SetItem(LongestHistory - 1, full) : newest;
    }

    static Draft Tell(Draft draft, SyncType type, ActiveRun run, Outcome outcome)
    {
        var text = $"{Texts.Type(type)} sync {run.JobName} ended: {outcome.Result}"
            + (outcome.Message.Length > 0 ? $": {outcome.Message}" : "");
        var (warning, reason) = outcome.Result switch
        {
            RunResult.Succeeded => (false, "SyncSucceeded"),
            RunResult.PartiallyFailed => (true, "SyncPartiallyFailed"),
            RunResult.DeadlineExceeded => (true, "SyncDeadlineExceeded"),
            RunResult.Lost => (true, "SyncLost"),
            RunResult.Cancelled => (false, "SyncCancelled"),
            _ => (true, "SyncFailed"),
        };
        return draft.Note(warning, reason, "Sync", text);
    }
}
