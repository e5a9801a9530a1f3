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
        outcome = Scopes.Own(Pauses.Own(draft, outcome)) with { FinishedAt = DueTimes.Plausible(outcome.FinishedAt, draft.Now) };
        draft = DueTimes.AfterRun(draft, type, run, outcome).WithActive(type, null);
        draft = draft with
        {
            Status = draft.Status with
            {
                History = History(draft, Finished(type, run, outcome)),
                SyncedScope = (type == SyncType.Full && outcome.MovesClock ? run.Scope : null)
                    ?? draft.Status.SyncedScope,
                StoredScope = Scopes.After(draft, type, run, outcome),
                CredentialsFailure = RefusedCredentials.After(draft, type, outcome),
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
        Enum.TryParse<RunResult>(run.Result, out var result) && result.MovesClock();

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

    // Newest first. However many follow: the last full that counted stays, because held deletions refer to it, and so do
    // the runs whose Jobs are still there, because they would be taken for new ones.
    static ImmutableArray<FinishedRun> History(Draft draft, FinishedRun run)
    {
        ImmutableArray<FinishedRun> all = [.. (draft.Status.History ?? []).Where(other => other.RunId != run.RunId).Prepend(run)
            .OrderByDescending(other => other.FinishedAt)];
        if (all.Length <= LongestHistory)
            return all;
        var kept = new[] { run, NewestComplete(all, SyncType.Full) }.OfType<FinishedRun>()
            .Concat(all.Where(past => draft.Seen.Jobs.Any(job => job.RunId == past.RunId)))
            .Concat(all.DistinctBy(past => past.Type))
            .Concat(all.Where(past => past.Type != JobNames.Text(SyncType.Webhook))) // there may be one after the other
            .Concat(all)
            .DistinctBy(past => past.RunId).Take(LongestHistory).ToHashSet();
        return [.. all.Where(kept.Contains)];
    }

    static Draft Tell(Draft draft, SyncType type, ActiveRun run, Outcome outcome)
    {
        var text = $"{Texts.Run(type)} {run.JobName} ended: {outcome.Result}"
            + (outcome.Message.Length > 0 ? $": {outcome.Message}" : "");
        if (type == SyncType.Webhook)
            return outcome.Result == RunResult.Succeeded || outcome.IsOnPurpose
                ? draft : draft.Note(true, "WebhookRunFailed", Texts.Act(type), text);
        var (warning, reason) = outcome.Result switch
        {
            _ when type == SyncType.Purge => outcome.MovesClock ? (false, "PurgeSucceeded")
                : (!outcome.IsOnPurpose, outcome.IsOnPurpose ? "PurgeCancelled" : "PurgeFailed"),
            RunResult.Succeeded => (false, "SyncSucceeded"),
            RunResult.PartiallyFailed => (true, "SyncPartiallyFailed"),
            RunResult.DeadlineExceeded => (true, "SyncDeadlineExceeded"),
            RunResult.Lost => (true, "SyncLost"),
            RunResult.Cancelled => (false, "SyncCancelled"),
            _ => (true, "SyncFailed"),
        };
        return draft.Note(warning, reason, Texts.Act(type), text);
    }
}
