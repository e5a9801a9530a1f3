using Kombo.Core.Models;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Transactions;
using Microsoft.Extensions.Logging;

namespace Kombo.Storage.Runs;

/// <summary>The end of a run: deletions, references, result.</summary>
public sealed partial class RunFinisher
{
    readonly RunResults results;
    readonly Deletions deletions;
    readonly References references;
    readonly ILogger logger;

    internal RunFinisher(TransactionRunner transactions, ILogger<RunFinisher> logger)
    {
        this.logger = logger;
        results = new RunResults(transactions);
        deletions = new Deletions(transactions, logger);
        references = new References(transactions, ModelCatalog.Default, logger);
    }

    /// <summary>Marks what vanished (full syncs whose streams are all complete, within the guard, and where the paging may
    /// pass over a record only what two full syncs in a row have missed), validates references,
    /// and writes the result. Safe to repeat: a finished run gives its stored result.</summary>
    /// <param name="onPhase">Told "Deleting" and "Validating".</param>
    /// <returns>Succeeded, PartiallyFailed (a stream is incomplete: nothing was deleted) or Failed (none is complete).</returns>
    /// <exception cref="LeaseLostException">Another worker has taken over.</exception>
    /// <exception cref="SeenSetLostException">The run must be released and read again.</exception>
    public async Task<RunProgress> FinishAsync(
        RunHandle run, FinishRequest request, Action<string>? onPhase, CancellationToken cancellationToken)
    {
        if (await results.FindAsync(run.RunId, cancellationToken) is { } stored)
            return stored;
        var verdict = RunVerdict.Of(run.Type, request.Streams, [.. request.Streams.Select(stream => run.Stream(stream.Name))]);
        var outcome = DeletionOutcome.None;
        if (verdict.Deletable.Length > 0)
        {
            onPhase?.Invoke("Deleting");
            outcome = await deletions.MarkAsync(run, verdict.Deletable, cancellationToken);
        }

        onPhase?.Invoke("Validating");
        await references.ValidateAsync(run, cancellationToken);
        var result = new RunEnding(verdict.With(outcome, run.RunId), outcome.Held.Sum(model => model.Candidates), EndsSweep: true);
        return await SaveAsync(run, result, cancellationToken);
    }

    /// <summary>Ends the run for good with that result; its checkpoint stays for the next run. For what another attempt
    /// of the same run may mend, use <see cref="ReleaseAsync"/>.</summary>
    /// <param name="reason">From <see cref="Core.Resources.Reasons"/>.</param>
    /// <param name="message">Names the object and the remedy; no secrets, no values.</param>
    public Task<RunProgress> FailAsync(
        RunHandle run, RunResult result, string reason, string message, CancellationToken cancellationToken) =>
        SaveAsync(run, new RunEnding(new RunVerdict(result, reason, message, []), Held: 0, EndsSweep: false), cancellationToken);

    /// <summary>Ends a purge run that has done all it had to.</summary>
    internal Task<RunProgress> EndPurgeAsync(RunHandle run, CancellationToken cancellationToken) => SaveAsync(
        run, new RunEnding(new RunVerdict(RunResult.Succeeded, Reasons.Succeeded, null, []), Held: 0, EndsSweep: true), cancellationToken);

    /// <summary>Ends a webhook run that has come to the end of its events.</summary>
    /// <param name="note">In words, how they ended; null: all were read.</param>
    /// <param name="doubt">Some of them did not end as they should.</param>
    public async Task<RunProgress> EndWebhookAsync(RunHandle run, string? note, bool doubt, CancellationToken cancellationToken)
    {
        await references.ValidateAsync(run, cancellationToken);
        var verdict = doubt
            ? new RunVerdict(RunResult.PartiallyFailed, Reasons.PartiallyFailed, note, [])
            : new RunVerdict(RunResult.Succeeded, Reasons.Succeeded, note, []);
        return await SaveAsync(run, new RunEnding(verdict, Held: 0, EndsSweep: true), cancellationToken);
    }

    /// <summary>References that lost their target, or their record.</summary>
    internal Task ValidateAsync(RunHandle run, CancellationToken cancellationToken) => references.ValidateAsync(run, cancellationToken);

    /// <summary>Gives the lease back and keeps the run open, so that its next attempt, or the next run, goes on from the
    /// last committed page. Does nothing if the lease is not ours any more.</summary>
    public Task ReleaseAsync(RunHandle run, CancellationToken cancellationToken) => results.ReleaseAsync(run, cancellationToken);

    async Task<RunProgress> SaveAsync(RunHandle run, RunEnding ending, CancellationToken cancellationToken)
    {
        var progress = await results.SaveAsync(run, ending, cancellationToken);
        LogFinished(run.Type, run.RunId, progress.Result, progress.Reason);
        return progress;
    }

    [LoggerMessage(4701, LogLevel.Information, "Finished {Type} run {Run}: {Result} ({Reason})")]
    partial void LogFinished(SyncType type, string run, string? result, string? reason);
}
