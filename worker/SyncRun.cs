using Kombo.Core.Runs;
using Kombo.Worker.Progress;
using Kombo.Worker.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker;

/// <summary>One attempt at one run: takes the lease, reads every stream, writes as it reads, and finishes the run.</summary>
public static partial class SyncRun
{
    /// <summary>Safe to repeat: a finished run is only reported again, an unfinished one goes on from its checkpoint.</summary>
    /// <param name="stopping">Finishes the page that is being written, leaves the checkpoint and gives the lease back.</param>
    /// <remarks>Does not throw for what happens to a run: that is its outcome.</remarks>
    public static async Task<SyncOutcome> ExecuteAsync(SyncRunContext context, CancellationToken stopping)
    {
        var logger = context.Loggers.CreateLogger(typeof(SyncRun));
        context = context with { Request = context.Request with { DefinitionHash = context.Connector.Hash } };
        var (request, clock) = (context.Request, context.Clock);
        var began = clock.GetTimestamp();
        using var activity = Telemetry.StartSync(request, context.Connector.Name, context.TraceParent);
        LogStarting(logger, request.Type, request.RunId, request.Namespace, request.Name, request.Trigger);
        await using var reporter = new ProgressReporter(context.Progress, context.Limits.ReportEvery, clock, logger);
        var tally = new RunTally(request.RunId, reporter.Update, clock);
        tally.Enter(RunPhase.Starting, waitingFor: null);
        var attempt = new RunAttempt(
            context,
            tally,
            (database, run, work, write) => run.Type == SyncType.Webhook
                ? new EventReader(context with { Database = database }, run, tally).RunAsync(work, write)
                : new RunReader(context with { Database = database }, run, tally).RunAsync(work, write),
            logger);
        var outcome = await attempt.RunAsync(stopping);
        Log(logger, outcome, clock.GetElapsedTime(began));
        Telemetry.Count(outcome.Progress, context.Connector.Name);
        Telemetry.End(activity, outcome);
        await reporter.FinishAsync(outcome.Progress, CancellationToken.None); // short, and the result must get out
        return outcome;
    }

    static void Log(ILogger logger, SyncOutcome outcome, TimeSpan took)
    {
        var (progress, counts) = (outcome.Progress, outcome.Progress.Counts ?? new());
        if (progress.Result is null)
            LogOpen(logger, progress.RunId, outcome.ExitCode, progress.Reason, progress.Message);
        else
            LogFinished(logger, progress.RunId, progress.Result, outcome.ExitCode, took, counts, progress.Message ?? "");
    }

    [LoggerMessage(5001, LogLevel.Information, "Starting {Type} run {RunId} of {Namespace}/{Name} ({Trigger})")]
    static partial void LogStarting(ILogger logger, SyncType type, string runId, string @namespace, string name, string trigger);

    [LoggerMessage(5002, LogLevel.Information, "Run {RunId} ended: {Result}, exit code {ExitCode}, {Took}, {Counts}. {Note}")]
    static partial void LogFinished(
        ILogger logger, string runId, string result, int exitCode, TimeSpan took, RunCounts counts, string note);

    [LoggerMessage(5003, LogLevel.Warning, "Run {RunId} stays open for the next attempt, exit code {ExitCode}: {Reason}. {Note}")]
    static partial void LogOpen(ILogger logger, string runId, int exitCode, string? reason, string? note);
}
