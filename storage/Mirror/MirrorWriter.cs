using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Mirror;

/// <summary>Writes pages into the mirror: only what changed, in one short transaction with the checkpoint.</summary>
public sealed class MirrorWriter
{
    internal MirrorWriter(NpgsqlDataSource source, TimeProvider clock, ILogger<MirrorWriter> logger) =>
        _ = (source, clock, logger);

    /// <summary>Repeats the whole transaction on deadlock, lock time-out or a lost connection, for a few minutes.</summary>
    /// <returns>The counts of this page.</returns>
    /// <exception cref="LeaseLostException">Another worker has taken over; nothing was written.</exception>
    /// <exception cref="SeenSetLostException">The run must be released and read again.</exception>
    public Task<RunCounts> WriteAsync(RunHandle run, PageWrite page, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
