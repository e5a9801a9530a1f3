using Kombo.Storage.Runs;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Transactions;

/// <summary>Runs a whole transaction, or a query, again where that can help: deadlocks, lock time-outs, a server that is
/// away. The one place that waits for the database.</summary>
sealed partial class TransactionRunner(NpgsqlDataSource source, TimeProvider clock, ILogger logger, DatabasePatience patience)
{
    static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <param name="transaction">Begins and commits by itself; starts from nothing each time.</param>
    public async Task<T> RunAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> transaction, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RunOnceAsync(transaction, cancellationToken);
            }
            catch (NpgsqlException failure) when (failure.IsPassing() && clock.GetElapsedTime(began) < patience.Limit)
            {
                patience.OnWait?.Invoke(failure);
                LogAgain(attempt, failure.SqlState ?? failure.Message, await BlockersAsync(failure, cancellationToken));
                await Task.Delay(DelayAfter(attempt), clock, cancellationToken);
            }
        }
    }

    /// <param name="transaction">Begun by <see cref="FencedTransaction"/>.</param>
    /// <exception cref="LeaseLostException">The lease is not the run's any more; nothing was written.</exception>
    /// <exception cref="SeenSetLostException">What the run has seen is gone; nothing was written.</exception>
    public async Task<T> RunFencedAsync<T>(
        RunHandle run, Func<NpgsqlConnection, CancellationToken, Task<T>> transaction, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(transaction, cancellationToken);
        }
        catch (PostgresException refused) when (refused.SqlState == SqlStates.LeaseLost)
        {
            throw FencedTransaction.Lost(run);
        }
        catch (PostgresException refused) when (refused.SqlState == SqlStates.SeenSetLost)
        {
            throw FencedTransaction.SeenSetLost(run);
        }
    }

    async Task<T> RunOnceAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> transaction, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            return await transaction(connection, cancellationToken);
        }
        catch
        {
            await RollBackAsync(connection);
            throw;
        }
    }

    // Not cancellable: the connection goes back to the pool, where nobody may find a transaction open.
    static async Task RollBackAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var command = new NpgsqlCommand("rollback", connection) { CommandTimeout = 5 };
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
        {
            NpgsqlConnection.ClearPool(connection); // broken: the server rolls back by itself, the pool drops it
        }
    }

    static TimeSpan DelayAfter(int attempt)
    {
        var longest = Math.Min(LongestDelay.TotalMilliseconds, 25 * Math.Pow(2, attempt));
        return TimeSpan.FromMilliseconds((0.5 + (Random.Shared.NextDouble() / 2)) * longest);
    }

    const string BlockersSql = """
        select coalesce(string_agg(distinct l.pid::text, ', '), 'nobody any more')
          from pg_locks l
         where l.relation = 'kombo.sync_ticks'::regclass and l.granted and l.pid <> pg_backend_pid()
        """;

    // A row lock is not in pg_locks, but who holds the tick's has its table locked too.
    async Task<string> BlockersAsync(NpgsqlException failure, CancellationToken cancellationToken)
    {
        if (failure.SqlState != PostgresErrorCodes.LockNotAvailable)
            return "nobody";
        try
        {
            await using var command = source.CreateCommand(BlockersSql);
            return $"process {await command.ExecuteScalarAsync(cancellationToken)}";
        }
        catch (NpgsqlException)
        {
            return "unknown"; // only for the log; the transaction itself is repeated
        }
    }

    [LoggerMessage(4101, LogLevel.Warning, "The database: attempt {Attempt} failed ({Failure}) and is repeated; blocked by {Blockers}")]
    partial void LogAgain(int attempt, string failure, string blockers);
}
