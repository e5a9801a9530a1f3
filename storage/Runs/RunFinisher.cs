using Kombo.Core.Runs;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <summary>The end of a run: deletions, references, result.</summary>
public sealed class RunFinisher
{
    internal RunFinisher(NpgsqlDataSource source, TimeProvider clock, ILoggerFactory loggers) =>
        _ = (source, clock, loggers);

    /// <summary>Marks what vanished (full syncs whose streams are all complete, within the guard), validates references,
    /// and writes the result. Safe to repeat: a finished run gives its stored result.</summary>
    /// <returns>Succeeded, PartiallyFailed (a stream is incomplete: nothing was deleted) or Failed (none is complete).</returns>
    /// <exception cref="LeaseLostException">Another worker has taken over.</exception>
    /// <exception cref="SeenSetLostException">The run must be released and read again.</exception>
    public Task<RunProgress> FinishAsync(
        RunHandle run, FinishRequest request, Action<string>? onPhase, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Ends the run for good with that result; its checkpoint stays for the next run. For what another attempt
    /// of the same run may mend, use <see cref="ReleaseAsync"/>.</summary>
    public Task<RunProgress> FailAsync(
        RunHandle run, RunResult result, string reason, string message, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Gives the lease back and keeps the run open, so that its next attempt, or the next run, goes on from the
    /// last committed page.</summary>
    public Task ReleaseAsync(RunHandle run, CancellationToken cancellationToken) => throw new NotImplementedException();
}
