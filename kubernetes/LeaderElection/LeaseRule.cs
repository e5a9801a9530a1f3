namespace Kombo.Kubernetes.LeaderElection;

/// <summary>Who may take a lease, and what is written then. Pure.</summary>
internal static class LeaseRule
{
    /// <param name="unchangedFor">For how long, by our own clock, we have seen this very record.</param>
    public static bool MayTake(LeaderElectionRecord record, string identity, TimeSpan unchangedFor) =>
        record.HolderIdentity == identity || IsFree(record) || unchangedFor >= Duration(record);

    public static LeaderElectionRecord Taken(
        LeaderElectionRecord? before, string identity, TimeSpan duration, DateTimeOffset now)
    {
        var isMine = before?.HolderIdentity == identity;
        return new LeaderElectionRecord
        {
            HolderIdentity = identity,
            LeaseDurationSeconds = (int)Math.Ceiling(duration.TotalSeconds),
            AcquireTime = isMine ? before?.AcquireTime ?? now : now,
            RenewTime = now,
            LeaderTransitions = (before?.LeaderTransitions ?? 0) + (before is null || isMine ? 0 : 1),
        };
    }

    /// <summary>Free for whoever asks next.</summary>
    public static LeaderElectionRecord Released(LeaderElectionRecord before, DateTimeOffset now) => before with
    {
        HolderIdentity = "",
        LeaseDurationSeconds = 1, // other programs refuse a zero
        AcquireTime = now,
        RenewTime = now,
    };

    // Released, made by hand, or by something that is no elector.
    static bool IsFree(LeaderElectionRecord record) =>
        string.IsNullOrEmpty(record.HolderIdentity)
        || record is not { LeaseDurationSeconds: > 0, AcquireTime: not null, RenewTime: not null };

    // What its holder relies on, which need not be our own setting.
    static TimeSpan Duration(LeaderElectionRecord record) => TimeSpan.FromSeconds(record.LeaseDurationSeconds ?? 0);
}
