using System.Collections.Immutable;

namespace Kombo.Core.Runs;

/// <summary>What a run does.</summary>
public enum SyncType
{
    Full,
    Delta,

    /// <summary>No sync: calls no source, and removes from the mirror what may not be there (any more).</summary>
    Purge,

    /// <summary>Reads, one by one, the records that the source has told of.</summary>
    Webhook,
}

/// <summary>What types mean.</summary>
public static class SyncTypeRules
{
    /// <summary>A sync: scheduled, and told of by the webhook sync-finished.</summary>
    public static bool IsSync(this SyncType type) => type is SyncType.Full or SyncType.Delta;

    public static ImmutableArray<SyncType> All { get; } = [.. Enum.GetValues<SyncType>()];

    /// <summary>Those that call the source, and have a scope that they write.</summary>
    public static ImmutableArray<SyncType> Reading { get; } = [.. All.Where(type => type != SyncType.Purge)];
}

/// <summary>What results mean.</summary>
public static class RunResultRules
{
    /// <summary>Counts for the schedule, even though some models may be incomplete.</summary>
    public static bool MovesClock(this RunResult result) => result is RunResult.Succeeded or RunResult.PartiallyFailed;
}

/// <summary>How a run ended.</summary>
public enum RunResult
{
    Succeeded,

    /// <summary>At least one model is incomplete; nothing was deleted.</summary>
    PartiallyFailed,
    Failed,
    AuthenticationFailed,

    /// <summary>The configuration cannot work; only an edit helps.</summary>
    PermanentError,
    DeadlineExceeded,
    Cancelled,

    /// <summary>Its Job vanished without a result.</summary>
    Lost,
}

/// <summary>The worker's exit codes, a contract with the Job's retry policy.</summary>
public static class WorkerExitCode
{
    /// <summary>Also for a partially failed run: a retry would not help.</summary>
    public const int Done = 0;
    public const int TryAgain = 1;
    public const int BadCredentials = 2;
    public const int BadConfiguration = 3;

    /// <summary>SIGTERM; the next attempt goes on from the checkpoint.</summary>
    public const int Stopped = 4;
}

/// <summary>Counted over a run, in records.</summary>
public sealed record RunCounts
{
    public long Read { get; init; }
    public long New { get; init; }
    public long Changed { get; init; }
    public long Unchanged { get; init; }
    public long Deleted { get; init; }
    public long Undeleted { get; init; }
    public long Held { get; init; }
    public long Errors { get; init; }

    /// <summary>Left as the mirror has them, because it has data that was requested later; null where there are none.</summary>
    public long? Outdated { get; init; }

    /// <summary>Deleted records that lost their values; null for syncs.</summary>
    public long? Anonymized { get; init; }

    /// <summary>Rows of bookkeeping that were removed; null for syncs.</summary>
    public long? Pruned { get; init; }

    /// <summary>New, changed and undeleted.</summary>
    public long Written() => New + Changed + Undeleted;

    public static RunCounts operator +(RunCounts left, RunCounts right) => new()
    {
        Read = left.Read + right.Read,
        New = left.New + right.New,
        Changed = left.Changed + right.Changed,
        Unchanged = left.Unchanged + right.Unchanged,
        Deleted = left.Deleted + right.Deleted,
        Undeleted = left.Undeleted + right.Undeleted,
        Held = left.Held + right.Held,
        Errors = left.Errors + right.Errors,
        Outdated = Sum(left.Outdated, right.Outdated),
        Anonymized = Sum(left.Anonymized, right.Anonymized),
        Pruned = Sum(left.Pruned, right.Pruned),
    };

    static long? Sum(long? left, long? right) => left is null && right is null ? null : (left ?? 0) + (right ?? 0);
}

/// <summary>What the worker reports of a run: on the Integration's status while it goes on (at most every 10 s) and, once
/// <see cref="Result"/> is set, as its outcome; the same JSON is the pod's termination message.</summary>
public sealed record RunProgress
{
    public required string RunId { get; init; }

    /// <summary>Starting, Fetching, Waiting, Paused, Deleting, Purging, Validating, Finished.</summary>
    public string? Phase { get; init; }

    /// <summary>The model being fetched.</summary>
    public string? Model { get; init; }
    public int? Pages { get; init; }

    /// <summary>Read so far, over all models.</summary>
    public long? Records { get; init; }

    /// <summary>New, changed and undeleted so far.</summary>
    public long? Changed { get; init; }

    /// <summary>0 to 100, by models and reported totals; null where nothing is known.</summary>
    public int? Percent { get; init; }

    /// <summary>Why it waits and until when, in words.</summary>
    public string? WaitingFor { get; init; }

    /// <summary>≤ 1 KiB, no secrets, no values.</summary>
    public string? Message { get; init; }

    /// <summary>A <see cref="RunResult"/> as text; null while it goes on.</summary>
    public string? Result { get; init; }

    /// <summary>CamelCase, from <see cref="Resources.Reasons"/>.</summary>
    public string? Reason { get; init; }

    /// <summary>By the database's clock; what the schedule counts from.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
    public RunCounts? Counts { get; init; }
}
