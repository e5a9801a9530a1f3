using Kombo.Core.Runs;

namespace Kombo.Storage.Runs;

/// <summary>What came of starting a run.</summary>
public abstract record RunStart
{
    RunStart() // closed: the cases below are all there are
    {
    }

    /// <summary>The lease is ours; dispose the handle to stop renewing it.</summary>
    public sealed record Started(RunHandle Handle) : RunStart;

    /// <summary>A run of that id has finished; this is its result.</summary>
    public sealed record AlreadyFinished(RunProgress Progress) : RunStart;

    /// <summary>Another worker holds the lease of this integration and sync type.</summary>
    /// <param name="Until">By the database's clock; it is renewed while its owner lives.</param>
    public sealed record LeaseHeld(string Owner, DateTimeOffset Until) : RunStart;
}

/// <summary>A lease that somebody holds now.</summary>
/// <param name="Until">By the database's clock.</param>
public sealed record HeldLease(string RunId, string Owner, DateTimeOffset Until);

/// <summary>Another worker has taken the lease over, or the run was closed: nothing more can be written. End without a
/// result; the successor goes on from the last committed page.</summary>
public sealed class LeaseLostException(string message) : Exception(message);

/// <summary>The database server crashed and its unlogged tables are empty: what this full sync has seen is not known any
/// more. Release the run; the next attempt reads every stream again.</summary>
public sealed class SeenSetLostException(string message) : Exception(message);
