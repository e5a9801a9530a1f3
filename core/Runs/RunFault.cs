namespace Kombo.Core.Runs;

/// <summary>What can go wrong in a run, as far as the answer to it differs.</summary>
public enum RunFault
{
    /// <summary>401: the credentials are refused.</summary>
    Authentication,

    /// <summary>403 on a list: the credentials may not read it.</summary>
    Forbidden,

    /// <summary>404 on a list.</summary>
    NotFound,

    /// <summary>429 that outlived every wait.</summary>
    RateLimited,

    /// <summary>5xx, reset or time-out that outlived its retries.</summary>
    SourceUnavailable,

    /// <summary>Not the JSON that was expected, or too large.</summary>
    SourceUnreadable,

    /// <summary>The source's address is not a public one and is not allowed.</summary>
    AddressBlocked,

    /// <summary>Connector, parameters, credentials' keys or scope cannot work.</summary>
    Configuration,

    /// <summary>The database stayed away longer than the run waits.</summary>
    DatabaseUnavailable,

    /// <summary>The database had no connection left for longer than the run waits.</summary>
    TooManyConnections,

    /// <summary>The database does not let the worker in, or is not there.</summary>
    DatabaseRefused,

    /// <summary>The database has no schema, or one that this worker does not fit.</summary>
    DatabaseSchema,

    /// <summary>Another worker holds the lease.</summary>
    LeaseHeld,

    /// <summary>Another worker may have taken the lease: nothing more may be written.</summary>
    LeaseLost,

    /// <summary>SIGTERM.</summary>
    Stopped,

    /// <summary>A defect.</summary>
    Unexpected,
}

/// <summary>What follows from a fault.</summary>
public enum FaultAction
{
    /// <summary>The stream's models are incomplete; the others go on.</summary>
    SkipStream,

    /// <summary>The run is over, with a result that a retry only repeats.</summary>
    CloseRun,

    /// <summary>The run stays open; the next attempt goes on from the checkpoint.</summary>
    LeaveRunOpen,
}

/// <param name="Result">Only for <see cref="FaultAction.CloseRun"/>.</param>
/// <param name="Reason">From <see cref="Resources.Reasons"/>.</param>
/// <param name="ExitCode">From <see cref="WorkerExitCode"/>; unused for <see cref="FaultAction.SkipStream"/>.</param>
public sealed record FaultVerdict(FaultAction Action, RunResult? Result, string Reason, int ExitCode);
