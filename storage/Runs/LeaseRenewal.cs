using Kombo.Storage.Transactions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <summary>Keeps a lease while its owner lives. A database that is away is waited for: the lease is lost only to another
/// owner, which every write finds out by itself as well.</summary>
sealed partial class LeaseRenewal(NpgsqlDataSource source, TimeProvider clock, ILogger logger)
{
    static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    public async Task KeepAsync(RunHandle run, CancellationToken stopped)
    {
        var wait = Interval(run);
        try
        {
            while (true)
            {
                await Task.Delay(wait, clock, stopped);
                wait = await RenewAsync(run, stopped);
                if (wait == TimeSpan.Zero)
                    return;
            }
        }
        catch (Exception) when (stopped.IsCancellationRequested)
        {
            return; // the run is over
        }
    }

    // A renewal may fail twice before the lease lapses.
    static TimeSpan Interval(RunHandle run) => run.LeaseTime / 3;

    /// <returns>When to renew again; zero: the lease is lost.</returns>
    async Task<TimeSpan> RenewAsync(RunHandle run, CancellationToken cancellationToken)
    {
        try
        {
            if (await RenewOnceAsync(source, run, cancellationToken))
                return Interval(run);
            LogLost(run.RunId);
            run.MarkLost();
            return TimeSpan.Zero;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is, it must not take the place of the run's outcome. Other messages may quote what they hold.
            LogFailed(run.RunId, failure is NpgsqlException ? failure.Message : failure.GetType().Name);
            return RetryInterval;
        }
    }

    const string RenewSql = """
        update kombo.sync_leases
           set expires_at = clock_timestamp() + $5
         where integration_id = $1 and type = $2 and fencing_token = $3 and run_id = $4 and owner is not null
        """;

    /// <returns>False: it is not ours any more.</returns>
    internal static async Task<bool> RenewOnceAsync(NpgsqlDataSource source, RunHandle run, CancellationToken cancellationToken)
    {
        await using var batch = source.CreateBatch();
        var command = new NpgsqlBatchCommand(RenewSql).Text(run.IntegrationId).Text(run.Type.Column())
            .Bigint(run.FencingToken).Text(run.RunId);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = run.LeaseTime });
        batch.BatchCommands.Add(command);
        return await batch.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    [LoggerMessage(4401, LogLevel.Warning, "Another worker has taken over the lease of run {Run}, or the run was closed")]
    partial void LogLost(string run);

    [LoggerMessage(4402, LogLevel.Warning, "The lease of run {Run} could not be renewed and is tried again: {Failure}")]
    partial void LogFailed(string run, string failure);
}
