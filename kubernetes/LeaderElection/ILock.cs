namespace Kombo.Kubernetes.LeaderElection;

/// <summary>The object that candidates compete for. Used by one elector, one call at a time.</summary>
public interface ILock
{
    /// <summary>Of this candidate; unique to this life of this process.</summary>
    string Identity { get; }

    /// <returns>Null if the object does not exist.</returns>
    Task<LeaderElectionRecord?> GetAsync(CancellationToken cancellationToken);

    /// <returns>False if somebody else was faster.</returns>
    Task<bool> CreateAsync(LeaderElectionRecord record, CancellationToken cancellationToken);

    /// <summary>Replaces the record that <see cref="GetAsync"/> read.</summary>
    /// <returns>False if somebody else has written since.</returns>
    Task<bool> UpdateAsync(LeaderElectionRecord record, CancellationToken cancellationToken);

    /// <summary>For logs: <c>namespace/name</c>.</summary>
    string Describe();
}

/// <summary>Who leads, and since when. The times are the holder's own clock: for people to read, never to compare.</summary>
public sealed record LeaderElectionRecord
{
    /// <summary>Null or empty: nobody.</summary>
    public string? HolderIdentity { get; init; }

    /// <summary>How long the others must see no change before they may take it.</summary>
    public int? LeaseDurationSeconds { get; init; }

    public DateTimeOffset? AcquireTime { get; init; }
    public DateTimeOffset? RenewTime { get; init; }

    /// <summary>How often the holder changed.</summary>
    public int? LeaderTransitions { get; init; }
}
