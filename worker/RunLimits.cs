using Kombo.Connectors;
using Kombo.Storage.Runs;

namespace Kombo.Worker;

/// <summary>How long a run waits and how much it takes at once.</summary>
public sealed record RunLimits
{
    public static RunLimits Default { get; } = new();

    /// <summary>A worker that was killed is continued after this time.</summary>
    public TimeSpan Lease { get; init; } = RunStore.DefaultLeaseTime;

    /// <summary>For a lease that another worker holds: long enough for one that was killed to lapse.</summary>
    public TimeSpan LeaseWait => Lease * 1.5;

    /// <summary>For a database that is away.</summary>
    public TimeSpan DatabaseWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>What answers of the source may cost.</summary>
    public SourceLimits Source { get; init; } = SourceLimits.Default;

    /// <summary>Between two reports of progress.</summary>
    public TimeSpan ReportEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A full sync lets a delta sync go first no longer than this at a stretch.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Pages that have already arrived are joined up to this many records.</summary>
    public int JoinedRecords { get; init; } = 1000;
}
