using Kombo.Core.Runs;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <summary>Runs and their leases: one worker at a time for each integration and sync type.</summary>
public sealed class RunStore
{
    internal RunStore(NpgsqlDataSource source, TimeProvider clock, ILoggerFactory loggers) =>
        _ = (source, clock, loggers);

    /// <summary>Takes the lease and adopts what an earlier attempt, or the unfinished run before, has committed.</summary>
    /// <param name="owner">Names this worker to others, e.g. its pod.</param>
    public Task<RunStart> StartAsync(RunRequest request, string owner, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Who holds the lease now; null when nobody does. A full sync asks it before each page for delta.</summary>
    public Task<HeldLease?> FindLeaseAsync(string integrationId, SyncType type, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
