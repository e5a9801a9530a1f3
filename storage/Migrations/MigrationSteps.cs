using Kombo.Storage.Transactions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Migrations;

/// <summary>How long a migration waits for tables that others use.</summary>
/// <param name="LockTimeout">At a time; who comes after the migration waits as long.</param>
/// <param name="Attempts">At each step.</param>
/// <param name="Pause">Between two of them.</param>
sealed record MigrationPatience(TimeSpan LockTimeout, int Attempts, TimeSpan Pause)
{
    public static MigrationPatience Default { get; } = new(TimeSpan.FromSeconds(2), Attempts: 20, Pause: TimeSpan.FromSeconds(4));

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>A table could not be locked. What was migrated before it stays; migrating again goes on there.</summary>
public sealed class MigrationBlockedException(string message, Exception cause) : Exception(message, cause);

/// <summary>Runs the steps of a migration, each in a transaction under the migrations' lock.</summary>
sealed partial class MigrationSteps(TransactionRunner transactions, MigrationPatience patience, ILogger logger)
{
    const int NoTimeout = 0; // an index on a large table takes as long as it takes

    // The key is "kombo" in ASCII. Of two programs one waits here, for as long as a step takes.
    const string LockSql = "select set_config('lock_timeout', '0', true), pg_advisory_xact_lock(461430940271)";

    const string LockTimeoutSql = "select set_config('lock_timeout', $1, true)";

    /// <param name="what">For messages.</param>
    /// <param name="step">Looks for itself whether there is something to do; begun again from nothing.</param>
    /// <exception cref="MigrationBlockedException">Somebody held a table for too long.</exception>
    public async Task RunAsync(
        string what, Func<NpgsqlConnection, CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var blocked = await transactions.RunAsync((connection, token) => TryAsync(connection, step, token), cancellationToken);
            if (blocked is null)
                return;
            if (attempt >= patience.Attempts)
                throw new MigrationBlockedException(
                    $"{what} could not be changed, as somebody else used it at each of {patience.Attempts} attempts; last {blocked.Holders}. "
                    + "Wait for their transactions or end them (select pg_terminate_backend(pid)), and migrate again: what is done stays",
                    blocked.Failure);
            LogBlocked(what, patience.LockTimeout, blocked.Holders, patience.Pause);
            await Task.Delay(patience.Pause, patience.Clock, cancellationToken);
        }
    }

    /// <summary>A script, however long it takes.</summary>
    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = NoTimeout };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <returns>Null: done.</returns>
    async Task<Blocked?> TryAsync(
        NpgsqlConnection connection, Func<NpgsqlConnection, CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        try
        {
            await TakeAsync(connection, step, cancellationToken);
            return null;
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return new(failure, await HoldersAsync(connection, cancellationToken));
        }
    }

    async Task TakeAsync(
        NpgsqlConnection connection, Func<NpgsqlConnection, CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        connection.Notice += OnNotice;
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ExecuteAsync(connection, LockSql, cancellationToken);
            await using (var limit = new NpgsqlCommand(LockTimeoutSql, connection))
            {
                limit.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"{(long)patience.LockTimeout.TotalMilliseconds}ms" });
                await limit.ExecuteNonQueryAsync(cancellationToken);
            }

            await step(connection, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        finally
        {
            connection.Notice -= OnNotice;
        }
    }

    // Whose transactions are open and have locked something of ours; never what they do.
    const string HoldersSql = """
        select coalesce(string_agg(distinct format('process %s (%s, %s)', a.pid, coalesce(nullif(a.application_name, ''), a.usename::text, '?'),
                                                   coalesce(a.state, '?')), ', '), 'nobody any more')
          from pg_locks l
          join pg_class c on c.oid = l.relation and c.relnamespace = to_regnamespace('kombo')
          join pg_stat_activity a on a.pid = l.pid
         where l.granted and l.pid <> pg_backend_pid() and l.database = (select oid from pg_database where datname = current_database())
        """;

    static async Task<string> HoldersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(HoldersSql, connection);
        return $"by {await command.ExecuteScalarAsync(cancellationToken)}";
    }

    void OnNotice(object sender, NpgsqlNoticeEventArgs notice)
    {
        if (notice.Notice.InvariantSeverity == "WARNING")
            LogWarning(notice.Notice.MessageText);
    }

    [LoggerMessage(4051, LogLevel.Warning, "Migrating: {Warning}")]
    partial void LogWarning(string warning);

    [LoggerMessage(4052, LogLevel.Warning, "Migrating {What}: not to be locked within {Timeout}, used {Holders}; trying again in {Pause}")]
    partial void LogBlocked(string what, TimeSpan timeout, string holders, TimeSpan pause);

    sealed record Blocked(PostgresException Failure, string Holders);
}
