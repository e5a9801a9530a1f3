using Kombo.Core.Models;
using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Core.Scope;
using Kombo.Storage;
using Kombo.Storage.Purging;
using Kombo.Storage.Runs;
using Kombo.Worker.Progress;
using Kombo.Worker.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker;

/// <summary>One attempt at one purge run: takes its lease, removes what may not be in the mirror, finishes the run.</summary>
public static partial class PurgeRun
{
    /// <summary>Safe to repeat: a finished run is only reported again, an unfinished one finds what is left to do.</summary>
    /// <param name="stopping">Finishes the rows that are being written and gives the lease back.</param>
    /// <remarks>Does not throw for what happens to a run: that is its outcome.</remarks>
    public static async Task<SyncOutcome> ExecuteAsync(PurgeRunContext context, CancellationToken stopping)
    {
        var logger = context.Loggers.CreateLogger(typeof(PurgeRun));
        var (request, clock) = (context.Request, context.Clock);
        var began = clock.GetTimestamp();
        var connector = request.Connector ?? request.IntegrationId.Split(':')[0];
        using var activity = Telemetry.StartSync(request, connector, context.TraceParent);
        LogStarting(logger, request.RunId, request.Namespace, request.Name, request.Trigger);
        await using var reporter = new ProgressReporter(context.Progress, context.Limits.ReportEvery, clock, logger);
        var tally = new RunTally(request.RunId, reporter.Update, clock);
        tally.Enter(RunPhase.Starting, waitingFor: null);
        var attempt = new RunAttempt(
            context, tally, (database, run, work, _) => PurgeAsync(database, run, tally, work), logger);
        var outcome = await attempt.RunAsync(stopping);
        LogEnded(
            logger, request.RunId, outcome.Progress.Result ?? "open", outcome.ExitCode, clock.GetElapsedTime(began),
            outcome.Progress.Message ?? "");
        Telemetry.Count(outcome.Progress, connector);
        Telemetry.End(activity, outcome);
        await reporter.FinishAsync(outcome.Progress, CancellationToken.None); // short, and the result must get out
        return outcome;
    }

    static Task<RunProgress> PurgeAsync(
        KomboDatabase database, RunHandle run, RunTally tally, CancellationToken cancellationToken)
    {
        tally.Enter(RunPhase.Purging, waitingFor: null);
        return database.Purge.RunAsync(
            run, OrderOf(run.Request), (model, step) => tally.Purged(model.Name, CountsOf(step)), cancellationToken);
    }

    static PurgeOrder OrderOf(RunRequest request)
    {
        var purge = request.Purge ?? throw new RunFaultException(
            RunFault.Configuration, $"run {request.RunId} does not say what to purge: run operator and worker of the same version");
        if (purge.Everything || purge.IgnoresScope)
            return new() { Everything = purge.Everything, IsNarrowed = _ => false, Retention = purge.Retention };
        var compiled = CompiledScope.Compile(request.Scope, ModelCatalog.Default);
        var scope = compiled.Scope ?? throw new RunFaultException(
            RunFault.Configuration, string.Join("; ", compiled.Problems.Select(problem => problem.Message)));
        var (now, stored) = (
            scope.Fingerprint(ModelCatalog.Default.Models), new ScopeFingerprint(purge.StoredScope ?? ScopeFingerprint.Unknown.Text));
        return new() { Scope = scope, IsNarrowed = model => now.Forbids(stored, model.Name), Retention = purge.Retention };
    }

    static RunCounts CountsOf(PurgeStep step) => new()
    {
        Changed = step.Cleared,
        Deleted = step.Removed,
        Anonymized = step.Anonymized,
        Pruned = step.Pruned,
    };

    [LoggerMessage(5701, LogLevel.Information, "Starting purge run {RunId} of {Namespace}/{Name} ({Trigger})")]
    static partial void LogStarting(ILogger logger, string runId, string @namespace, string name, string trigger);

    [LoggerMessage(5702, LogLevel.Information, "Purge run {RunId} ended: {Result}, exit code {ExitCode}, {Took}. {Note}")]
    static partial void LogEnded(ILogger logger, string runId, string result, int exitCode, TimeSpan took, string note);
}
