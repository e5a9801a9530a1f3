using Kombo.Core.Resources;

namespace Kombo.Core.Runs;

/// <summary>Which faults end a stream, a run or an attempt, and with which exit code.</summary>
public static class FaultRules
{
    public static FaultVerdict Judge(RunFault fault) => fault switch
    {
        RunFault.Forbidden or RunFault.NotFound => new(FaultAction.SkipStream, null, Reasons.SourceError, WorkerExitCode.Done),
        RunFault.Authentication => Close(RunResult.AuthenticationFailed, Reasons.AuthenticationFailed),
        RunFault.Configuration => Close(RunResult.PermanentError, Reasons.InvalidSpec),
        RunFault.AddressBlocked => Close(RunResult.PermanentError, Reasons.ConnectionFailed),
        RunFault.RateLimited => TryAgain(Reasons.RateLimited),
        RunFault.SourceUnavailable => TryAgain(Reasons.ConnectionFailed),
        RunFault.SourceUnreadable => TryAgain(Reasons.SourceError),
        RunFault.DatabaseUnavailable => TryAgain(Reasons.DatabaseUnavailable),
        RunFault.TooManyConnections => TryAgain(Reasons.TooManyConnections),
        RunFault.DatabaseRefused => Close(RunResult.PermanentError, Reasons.DatabaseNotConfigured),
        RunFault.DatabaseSchema => TryAgain(Reasons.DatabaseNotConfigured),
        RunFault.LeaseHeld => TryAgain(Reasons.SyncInProgress),
        RunFault.LeaseLost => TryAgain(Reasons.Lost),
        RunFault.Stopped => new(FaultAction.LeaveRunOpen, null, Reasons.Cancelled, WorkerExitCode.Stopped),
        RunFault.Unexpected => TryAgain(Reasons.Failed),
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null), // not a value of the enum
    };

    /// <summary>Of a run that is closed. A result that somebody else wrote (the operator closes the rows of workers that
    /// cannot) ends a late worker with "try again": its retries find the same row and call no source.</summary>
    public static int ExitCode(RunResult result) => result switch
    {
        RunResult.Succeeded or RunResult.PartiallyFailed => WorkerExitCode.Done,
        RunResult.AuthenticationFailed => WorkerExitCode.BadCredentials,
        RunResult.PermanentError => WorkerExitCode.BadConfiguration,
        RunResult.Failed or RunResult.DeadlineExceeded or RunResult.Cancelled or RunResult.Lost => WorkerExitCode.TryAgain,
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, null), // not a value of the enum
    };

    static FaultVerdict Close(RunResult result, string reason) =>
        new(FaultAction.CloseRun, result, reason, ExitCode(result));

    static FaultVerdict TryAgain(string reason) =>
        new(FaultAction.LeaveRunOpen, null, reason, WorkerExitCode.TryAgain);
}
