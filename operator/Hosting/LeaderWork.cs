using Kombo.Operator.Cluster;
using Kombo.Operator.Database;

namespace Kombo.Operator.Hosting;

/// <summary>What the leader does beside looking at its objects.</summary>
sealed class LeaderWork(StartedJobs started, MissedJobs missedJobs, MissedDeletions missed, ApiInbox inbox)
{
    /// <summary>Before anything is decided.</summary>
    public Task PrepareAsync(CancellationToken cancellationToken) => started.LoadAsync(cancellationToken);

    /// <summary>Until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(
            missed.CloseRowsAsync(cancellationToken),
            missedJobs.RunAsync(cancellationToken),
            inbox.RunAsync(cancellationToken));
}
