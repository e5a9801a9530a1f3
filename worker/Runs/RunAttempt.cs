using Kombo.Core.Runs;
using Kombo.Storage;
using Kombo.Storage.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Runs;

/// <summary>What a run does once it holds its lease.</summary>
/// <param name="database">Waits as a worker does.</param>
/// <param name="work">Ends what goes on.</param>
/// <param name="write">Ends a write that has begun; later than <paramref name="work"/>.</param>
internal delegate Task<RunProgress> RunWork(
    KomboDatabase database, RunHandle run, CancellationToken work, CancellationToken write);

/// <summary>The frame of a run: schema, lease, and what each fault means to the run's row and the exit code.</summary>
internal sealed partial class RunAttempt(RunContext context, RunTally tally, RunWork act, ILogger logger)
{
    /// <summary>What is left of a pod's grace period is for the result.</summary>
    static readonly TimeSpan TimeToFinishPage = TimeSpan.FromSeconds(15);
    static readonly TimeSpan TimeToClose = TimeSpan.FromSeconds(5);

    readonly KomboDatabase database = context.Database.With(new DatabasePatience(
        context.Limits.DatabaseWait, cause => tally.Enter(RunPhase.Waiting, FaultClassifier.Classify(cause).Message)));

    public async Task<SyncOutcome> RunAsync(CancellationToken stopping)
    {
        try
        {
            await CheckSchemaAsync(stopping);
            return await StartAsync(stopping) switch
            {
                RunStart.Started started => await RunAsync(started.Handle, stopping),
                RunStart.AlreadyFinished finished => Closed(finished.Progress),
                RunStart.LeaseHeld held => Open(FaultRules.Judge(RunFault.LeaseHeld), new(RunFault.LeaseHeld, held.Owner)),
                var other => throw new InvalidOperationException(other.GetType().Name), // the cases above are all there are
            };
        }
        catch (Exception failure) // the one place where a run's failure becomes its outcome
        {
            var fault = Judge(failure, stopping);
            return Unwritten(FaultRules.Judge(fault.Kind), fault);
        }
    }

    async Task<SyncOutcome> RunAsync(RunHandle run, CancellationToken stopping)
    {
        await using (run)
        {
            using var work = CancellationTokenSource.CreateLinkedTokenSource(stopping, run.Lost);
            using var write = CancellationTokenSource.CreateLinkedTokenSource(run.Lost);
            await using var overtime = stopping.Register(() => write.CancelAfter(TimeToFinishPage));
            try
            {
                var progress = await act(database, run, work.Token, write.Token);
                return Closed(progress);
            }
            catch (Exception failure) // as above, with a row to close or to leave open
            {
                var fault = run.Lost.IsCancellationRequested
                    ? new Fault(RunFault.LeaseLost, "another worker has taken the run over, or it was closed")
                    : Judge(failure, stopping);
                return await EndAsync(run, fault);
            }
        }
    }

    async Task<SyncOutcome> EndAsync(RunHandle run, Fault fault)
    {
        var verdict = FaultRules.Judge(fault.Kind);
        if (fault.Kind == RunFault.LeaseLost)
            return Unwritten(verdict, fault);
        using var limit = new CancellationTokenSource(TimeToClose, context.Clock);
        try
        {
            if (verdict is { Action: FaultAction.CloseRun, Result: { } result })
                return Closed(await database.Finisher.FailAsync(
                    run, result, verdict.Reason, RunRules.Cut(fault.Message), limit.Token));
            await database.Finisher.ReleaseAsync(run, limit.Token);
        }
        catch (Exception failure) // the first fault is the one to tell; the lease lapses by itself
        {
            LogNotClosed(run.RunId, FaultClassifier.Classify(failure).Message);
        }

        return Unwritten(verdict, fault);
    }

    async Task CheckSchemaAsync(CancellationToken cancellationToken)
    {
        var state = await database.CheckSchemaAsync(cancellationToken);
        if (!state.Usable)
            throw new RunFaultException(RunFault.DatabaseSchema, state.Message);
    }

    async Task<RunStart> StartAsync(CancellationToken cancellationToken)
    {
        var began = context.Clock.GetTimestamp();
        while (true)
        {
            var start = await database.Runs.StartAsync(
                context.Request, context.Owner, context.Limits.Lease, cancellationToken);
            if (start is not RunStart.LeaseHeld held || context.Clock.GetElapsedTime(began) > context.Limits.LeaseWait)
                return start;
            tally.Enter(RunPhase.Waiting, $"the lease of {held.Owner}");
            await Task.Delay(TimeSpan.FromSeconds(1), context.Clock, cancellationToken);
        }
    }

    Fault Judge(Exception failure, CancellationToken stopping)
    {
        if (failure is OperationCanceledException && stopping.IsCancellationRequested)
            return new(RunFault.Stopped, "the worker was asked to stop; the next attempt goes on from here");
        var fault = FaultClassifier.Classify(failure);
        if (fault.Kind == RunFault.Unexpected)
            LogUnexpected(context.Request.RunId, failure.GetType().FullName, failure.StackTrace);
        return fault;
    }

    SyncOutcome Closed(RunProgress stored) => Enum.TryParse<RunResult>(stored.Result, out var result)
        ? new(FaultRules.ExitCode(result), RunRules.Close(stored, result, tally.Progress))
        : new(WorkerExitCode.TryAgain, stored); // written by a newer program

    SyncOutcome Unwritten(FaultVerdict verdict, Fault fault) => verdict.Result is { } result
        ? new(verdict.ExitCode, tally.Progress with
        {
            Phase = RunPhase.Finished,
            Result = result.ToString(),
            Reason = verdict.Reason,
            Message = RunRules.Cut(fault.Message),
            WaitingFor = null,
        })
        : Open(verdict, fault);

    SyncOutcome Open(FaultVerdict verdict, Fault fault) => new(verdict.ExitCode, tally.Progress with
    {
        Phase = RunPhase.Waiting,
        WaitingFor = "the next attempt",
        Reason = verdict.Reason,
        Message = RunRules.Cut(fault.Message),
    });

    // Without the messages of the exceptions: they may quote what was read.
    [LoggerMessage(5301, LogLevel.Error, "Run {RunId}: unexpected {Type} at {Place}")]
    partial void LogUnexpected(string runId, string? type, string? place);

    [LoggerMessage(5302, LogLevel.Warning, "Run {RunId} could not be closed or released, so its lease lapses: {Problem}")]
    partial void LogNotClosed(string runId, string problem);
}
