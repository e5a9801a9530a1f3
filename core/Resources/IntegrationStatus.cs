using System.Collections.Immutable;
using Kombo.Core.Runs;

namespace Kombo.Core.Resources;

/// <summary>Status of an Integration. All but <see cref="Progress"/> belongs to the operator's field manager.</summary>
public sealed record IntegrationStatus
{
    public long? ObservedGeneration { get; init; }
    public ImmutableArray<Condition>? Conditions { get; init; }
    public string? IntegrationId { get; init; }

    /// <summary>The connector and identity parameters that the mirrored ids belong to; a change of them is refused.</summary>
    public string? Identity { get; init; }

    /// <summary>Fingerprint of the scope that the last complete full sync covered; a wider one starts a full sync.</summary>
    public string? SyncedScope { get; init; }

    /// <summary>Fingerprint of all that may be stored: of every scope with which a sync began since the last purge. A narrower
    /// scope than it starts a purge run.</summary>
    public string? StoredScope { get; init; }

    /// <summary>The last request token that was acted upon or refused.</summary>
    public string? LastHandledReconcileAt { get; init; }
    public RequestStatus? LastRequest { get; init; }
    public EffectiveFrequencies? Effective { get; init; }

    /// <summary>The earlier of the two clocks' next slots, for those who look; rules use the clocks.</summary>
    public DateTimeOffset? NextSyncTime { get; init; }
    public ClockStatus? Full { get; init; }
    public ClockStatus? Delta { get; init; }

    /// <summary>The clock of purge runs.</summary>
    public ClockStatus? Purge { get; init; }

    /// <summary>The clock of webhook runs; its next time is set only while they fail.</summary>
    public ClockStatus? Webhook { get; init; }
    public PerType<ActiveRun>? Active { get; init; }

    /// <summary>Since when the source refuses the credentials; null while it does not.</summary>
    public CredentialsFailure? CredentialsFailure { get; init; }

    /// <summary>The worker's part.</summary>
    public PerType<RunProgress>? Progress { get; init; }

    /// <summary>Newest first, at most five.</summary>
    public ImmutableArray<FinishedRun>? History { get; init; }
}

/// <summary>The standard condition shape; lastTransitionTime moves only when status changes.</summary>
public sealed record Condition(string Type, string Status, string Reason, string Message)
{
    public DateTimeOffset LastTransitionTime { get; init; }
    public long? ObservedGeneration { get; init; }
}

/// <summary>What became of a request token.</summary>
public sealed record RequestStatus
{
    public string? Token { get; init; }

    /// <summary>full, delta or default, as asked for.</summary>
    public string? Type { get; init; }

    /// <summary>Pending, Accepted, Completed, Failed or Rejected.</summary>
    public string? Result { get; init; }
    public string? Reason { get; init; }
    public string? JobName { get; init; }
    public string? RunId { get; init; }
}

/// <summary>Frequencies in force after overrides and variants, e.g. <c>3h</c>; delta null where the connector has none.</summary>
public sealed record EffectiveFrequencies(string? Full, string? Delta);

/// <summary>The clock of one sync type; times are UTC to the second.</summary>
public sealed record ClockStatus
{
    /// <summary>End of the last successful run.</summary>
    public DateTimeOffset? LastSyncTime { get; init; }

    /// <summary>Start of the last run, whatever became of it.</summary>
    public DateTimeOffset? LastAttemptTime { get; init; }

    /// <summary>The slot that the last scheduled run served.</summary>
    public DateTimeOffset? LastScheduleTime { get; init; }

    /// <summary>The next slot; persisted, so that a restart does not move it.</summary>
    public DateTimeOffset? NextSyncTime { get; init; }
    public int? ConsecutiveFailures { get; init; }

    /// <summary>A <see cref="RunResult"/> as text.</summary>
    public string? LastResult { get; init; }
}

/// <summary>One value each for full and delta syncs, purge and webhook runs.</summary>
public sealed record PerType<T>(T? Full, T? Delta) where T : class
{
    public T? Purge { get; init; }
    public T? Webhook { get; init; }

    public T? this[SyncType type] => type switch
    {
        SyncType.Delta => Delta,
        SyncType.Purge => Purge,
        SyncType.Webhook => Webhook,
        _ => Full,
    };

    public PerType<T> With(SyncType type, T? value) => type switch
    {
        SyncType.Delta => this with { Delta = value },
        SyncType.Purge => this with { Purge = value },
        SyncType.Webhook => this with { Webhook = value },
        _ => this with { Full = value },
    };
}

/// <summary>The source refuses the credentials. After three days nothing more is tried until one of the two changes or a sync
/// is asked for.</summary>
/// <param name="Since">End of the first run that was refused.</param>
/// <param name="CredentialsVersion">The Secret's resource version at the last refusal.</param>
/// <param name="Generation">The Integration's generation at the last refusal.</param>
public sealed record CredentialsFailure(DateTimeOffset Since, string? CredentialsVersion, long Generation);

/// <summary>A run that has a Job.</summary>
public sealed record ActiveRun
{
    public required string RunId { get; init; }
    public required string JobName { get; init; }

    /// <summary>From <see cref="Triggers"/>.</summary>
    public required string Trigger { get; init; }
    public string? Token { get; init; }

    /// <summary>The slot it serves, if it was due by schedule.</summary>
    public DateTimeOffset? Slot { get; init; }
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>Fingerprint of the scope that this run covers.</summary>
    public string? Scope { get; init; }
}

/// <summary>A run that is over, as kept in status.</summary>
public sealed record FinishedRun
{
    public required string RunId { get; init; }

    /// <summary>full, delta, purge or webhook.</summary>
    public required string Type { get; init; }
    public required string Trigger { get; init; }
    public required string Result { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset? StartTime { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public RunCounts? Counts { get; init; }
}

/// <summary>Status of a SyncSchedule.</summary>
public sealed record SyncScheduleStatus
{
    public long? ObservedGeneration { get; init; }
    public ImmutableArray<Condition>? Conditions { get; init; }

    /// <summary>How many Integrations use it.</summary>
    public int? Integrations { get; init; }
    public int? Active { get; init; }
    public int? Waiting { get; init; }
    public DateTimeOffset? NextSyncTime { get; init; }
}
