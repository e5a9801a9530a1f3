using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Npgsql;

namespace Kombo.Storage.Transactions;

/// <summary>The first and the last statements of every transaction that a run writes: the tick row is locked, then the
/// stamp is taken and the lease is checked in statements of their own, so that both see what the one before left. To be
/// run by <see cref="TransactionRunner.RunFencedAsync"/>.</summary>
static class FencedTransaction
{
    /// <summary>Of every transaction that waits for a tick: it gives up before its lock is in the way of others for long.</summary>
    public const string TimeOutsSql = """
        select set_config('lock_timeout', '5s', true),
               set_config('statement_timeout', '20s', true),
               set_config('idle_in_transaction_session_timeout', '20s', true)
        """;

    // Plans are forced because statistics are of no use here: staging tables and arrays have none.
    const string SettingsSql = $"""
        {TimeOutsSql},
               set_config('client_min_messages', 'warning', true),
               set_config('plan_cache_mode', 'force_generic_plan', true),
               set_config('enable_seqscan', 'off', true),
               set_config('enable_nestloop', 'off', true),
               set_config('enable_mergejoin', 'off', true),
               set_config('jit', 'off', true),
               set_config('kombo.writer', 'on', true),
               set_config('kombo.tick_integration', $1, true)
        """;

    const string LockSql = "select 1 from kombo.sync_ticks where integration_id = $1 for update";

    const string StampSql = """
        update kombo.sync_ticks
           set t = greatest(clock_timestamp(), t + interval '1 microsecond', $2)
         where integration_id = $1
        returning t, set_config('kombo.tick', t::text, true)
        """;

    const string LockLeaseSql = "select 1 from kombo.sync_leases where integration_id = $1 and type = $2 for share";

    const string FenceSql = "select kombo.assert_lease($1, $2, $3, $4, $5)";

    /// <summary>A batch that begins the transaction; more commands may follow.</summary>
    public static NpgsqlBatch Begin(NpgsqlConnection connection, RunHandle run) =>
        Begin(connection, run, needsSeenSet: run.Type == SyncType.Full);

    /// <param name="needsSeenSet">What this run has seen must still be known.</param>
    /// <param name="requestedAt">Of the data that is written: the stamp is no earlier, so that a row whose data was asked for
    /// later than any stamp was changed by hand. Null: none is.</param>
    public static NpgsqlBatch Begin(
        NpgsqlConnection connection, RunHandle run, bool needsSeenSet, DateTimeOffset? requestedAt = null)
    {
        var batch = new NpgsqlBatch(connection);
        batch.Add("begin");
        batch.Add(SettingsSql).Text(run.IntegrationId);
        batch.Add(LockSql).Text(run.IntegrationId);
        batch.Add(StampSql).Text(run.IntegrationId).Instant(requestedAt);
        AddFence(batch, run, needsSeenSet);
        return batch;
    }

    static void AddFence(NpgsqlBatch batch, RunHandle run, bool needsSeenSet) =>
        batch.Add(FenceSql).Text(run.IntegrationId).Text(run.Type.Column()).Bigint(run.FencingToken).Text(run.RunId)
            .Flag(needsSeenSet);

    /// <summary>Passes over what the beginning gave and leaves the reader on the result after it, if there is one.</summary>
    public static async Task SkipBeginAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        const int results = 4; // settings, lock, stamp, fence
        for (var i = 0; i < results; i++)
            await reader.NextResultAsync(cancellationToken);
    }

    /// <summary>For a transaction that takes no stamp and may last long: run before its commit, it lets nothing through
    /// that a run writes after its lease has gone. No writer waits for it, but who would take the lease does.</summary>
    public static async Task CheckLeaseAsync(NpgsqlConnection connection, RunHandle run, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(TimeOutsSql);
        batch.Add(LockLeaseSql).Text(run.IntegrationId).Text(run.Type.Column());
        AddFence(batch, run, needsSeenSet: run.Type == SyncType.Full);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Adds the commit, which fails if the stamp has become too old.</summary>
    public static void AddEnd(NpgsqlBatch batch) => batch.Add("commit");

    public static SeenSetLostException SeenSetLost(RunHandle run) => new(
        $"run {run.RunId}: the database server crashed and lost what this full sync has seen; it must be read again");

    /// <summary>Tells the run's owner too.</summary>
    public static LeaseLostException Lost(RunHandle run)
    {
        run.MarkLost();
        return new LeaseLostException(
            $"run {run.RunId}: another worker has taken over the {run.Type.Column()} sync of integration {run.IntegrationId}, " +
            "or the run was closed");
    }
}
