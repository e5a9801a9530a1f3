namespace Kombo.Kubernetes.LeaderElection;

/// <summary>For what, and how fast. All candidates must have the same durations.</summary>
public sealed record LeaderElectionConfig(ILock Lock)
{
    /// <summary>How much the wait of a candidate varies, so that several do not ask in step.</summary>
    internal const double JitterFactor = 1.2;

    /// <summary>The others take over when they have seen no renewal for this long.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The leader gives up when it could not renew for this long.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two attempts.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For metrics.</summary>
    public string Name { get; init; } = Lock.Describe();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>An attempt that hangs must leave time for another one.</summary>
    internal TimeSpan CallTimeout => RenewDeadline / 2;

    /// <returns>What is wrong with the durations; null: nothing.</returns>
    public static string? FindProblem(TimeSpan leaseDuration, TimeSpan renewDeadline, TimeSpan retryPeriod) =>
        leaseDuration < TimeSpan.FromSeconds(1)
            ? "the lease must last a second or longer"
        : leaseDuration <= renewDeadline
            ? "the lease must last longer than the renew deadline, or two could lead at once"
        : retryPeriod <= TimeSpan.Zero || renewDeadline <= retryPeriod * JitterFactor
            ? $"the renew deadline must be longer than {JitterFactor} retry periods, which must not be zero"
        : null;
}
