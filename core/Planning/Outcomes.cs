using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Core.Planning;

/// <summary>How a run ended.</summary>
/// <param name="FinishedAt">By the clock of whoever says so.</param>
sealed record Outcome(RunResult Result, string Reason, string Message, DateTimeOffset FinishedAt)
{
    public RunCounts? Counts { get; init; }

    /// <summary>The run was ended by the operator: no failure.</summary>
    public bool IsOnPurpose { get; init; }

    public bool MovesClock => Result.MovesClock();
}

/// <summary>Finds how a run ended: from the worker's progress, else its termination report, else the database's row,
/// else the Job; a Job that is gone without any word makes the run lost.</summary>
static class Outcomes
{
    /// <param name="job">Finished, or null where it is gone.</param>
    /// <returns>Null if it cannot be known, or its row cannot be closed, while the database is away.</returns>
    public static Outcome? Find(Observation seen, ActiveRun run, SyncType type, ObservedJob? job)
    {
        var word = Word(seen.Integration.Status.Progress?[type], run, job)
            ?? Word(job?.Reported, run, job)
            ?? Word(seen.RunRows.GetValueOrDefault(run.RunId), run, job);
        // A plan that cannot be carried out would keep the condition that says so from being written.
        if (word?.MovesClock != true && seen.Problems.Any(
            problem => problem.Reason is Reasons.DatabaseUnavailable or Reasons.DatabaseNotConfigured))
            return null;
        if (word is not null)
            return word.FinishedAt == default ? word with { FinishedAt = job?.FinishedAt ?? seen.Now } : word;
        return job is null ? Lost(run, seen.Now) : FromJob(job, seen.Now);
    }

    // An attempt that failed may have left its word behind before a later attempt of the same Job succeeded.
    static Outcome? Word(RunProgress? progress, ActiveRun run, ObservedJob? job)
    {
        if (progress is null || progress.RunId != run.RunId
            || !Enum.TryParse<RunResult>(progress.Result, out var result) || progress.Result != result.ToString())
            return null;
        var (reason, message) = (progress.Reason ?? result.ToString(), Texts.Limited(progress.Message ?? "", 1024));
        var outcome = new Outcome(result, reason, message, progress.FinishedAt ?? default)
        {
            Counts = progress.Counts,
        };
        return job?.Succeeded == true && !outcome.MovesClock ? null : outcome;
    }

    static Outcome FromJob(ObservedJob job, DateTimeOffset now)
    {
        var finishedAt = job.FinishedAt ?? now;
        if (job.Succeeded == true)
            return new(RunResult.Succeeded, Reasons.Succeeded, "", finishedAt);
        var reason = job.FailureReason ?? Reasons.Failed;
        var message = job.FailureMessage ?? $"Job {job.Name} failed and the worker left no word; see its pod's log";
        return new(Result(reason), reason, Texts.Limited(message, 1024), finishedAt);
    }

    static RunResult Result(string reason) => reason switch
    {
        Reasons.DeadlineExceeded => RunResult.DeadlineExceeded,
        Reasons.AuthenticationFailed => RunResult.AuthenticationFailed,
        Reasons.PermanentError => RunResult.PermanentError,
        Reasons.Cancelled => RunResult.Cancelled,
        _ => RunResult.Failed,
    };

    static Outcome Lost(ActiveRun run, DateTimeOffset now) => new(
        RunResult.Lost, Reasons.Lost, $"Job {run.JobName} is gone and nothing tells how the run ended", now);
}
