using Kombo.Core.Runs;
using Kombo.Storage.Registry;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <param name="Held">Deletions that the guard held back.</param>
/// <param name="EndsSweep">The source was gone through: checkpoints and the seen set are of no use any more.</param>
sealed record RunEnding(RunVerdict Verdict, long Held, bool EndsSweep);

/// <summary>Closes rows of sync_runs, exactly once each.</summary>
sealed class RunResults(TransactionRunner transactions)
{
    /// <summary>The stored result; null while the run goes on.</summary>
    public Task<RunProgress?> FindAsync(string runId, CancellationToken cancellationToken) =>
        transactions.RunAsync((connection, token) => StoredRun.FindFinishedAsync(connection, runId, token), cancellationToken);

    /// <summary>The result, the outbox row and the end of the lease commit together.</summary>
    public async Task<RunProgress> SaveAsync(RunHandle run, RunEnding ending, CancellationToken cancellationToken)
    {
        try
        {
            await transactions.RunFencedAsync(run, (connection, token) => SaveOnceAsync(connection, run, ending, token), cancellationToken);
        }
        catch (LeaseLostException)
        {
            // Ours, if the answer to the commit was lost; else whoever closed the run has said what became of it.
            if (await FindAsync(run.RunId, cancellationToken) is { } stored)
                return stored;
            throw;
        }

        return await FindAsync(run.RunId, cancellationToken)
            ?? throw new InvalidOperationException($"the result of run {run.RunId} was written and is not there");
    }

    // What a purge did is counted by each of its steps.
    const string FinishSql = """
        update kombo.sync_runs
           set finished_at = clock_timestamp(), result = $2, reason = $3, message = $4, held = $5,
               read = $6, new = $7, changed = changed + $8, unchanged = $9, undeleted = $10, errors = $11,
               outdated = nullif($12, 0),
               anonymized = case when type = 'purge' then coalesce(anonymized, 0) end,
               pruned = case when type = 'purge' then coalesce(pruned, 0) end
         where run_id = $1 and finished_at is null
        """;

    // No webhook tells of a purge.

    const string OutboxSql = """
        insert into kombo.webhook_outbox (integration_id, kind, run_id, payload)
        select r.integration_id, 'sync-finished', r.run_id, kombo.sync_finished(r)
          from kombo.sync_runs r
         where r.run_id = $1 and r.type <> 'purge'
        """;

    const string EndLeaseSql = """
        update kombo.sync_leases
           set owner = null, expires_at = clock_timestamp(),
               sweep_id = case when $4 then null else sweep_id end,
               sweep_basis = case when $4 then null else sweep_basis end,
               sweep_started_at = case when $4 then null else sweep_started_at end
         where integration_id = $1 and type = $2 and fencing_token = $3 and owner is not null
        """;

    static async Task<int> SaveOnceAsync(
        NpgsqlConnection connection, RunHandle run, RunEnding ending, CancellationToken cancellationToken)
    {
        await using var batch = FencedTransaction.Begin(connection, run, needsSeenSet: false);
        AddResult(batch, run, ending);
        if (ending.EndsSweep)
            AddCloseSweep(batch, run);
        AddEndLease(batch, run, ending.EndsSweep);
        FencedTransaction.AddEnd(batch);
        return await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    static void AddResult(NpgsqlBatch batch, RunHandle run, RunEnding ending)
    {
        var (verdict, counts) = (ending.Verdict, run.Counts);
        batch.Add(FinishSql).Text(run.RunId).Text(verdict.Result.ToString()).Text(verdict.Reason).Text(verdict.Message)
            .Bigint(ending.Held).Bigint(counts.Read).Bigint(counts.New).Bigint(counts.Changed).Bigint(counts.Unchanged)
            .Bigint(counts.Undeleted).Bigint(counts.Errors).Bigint(counts.Outdated ?? 0);
        if (run.Type.IsSync())
            batch.Add(OutboxSql).Text(run.RunId);
    }

    static void AddCloseSweep(NpgsqlBatch batch, RunHandle run)
    {
        batch.Add("delete from kombo.sync_checkpoints where integration_id = $1 and type = $2")
            .Text(run.IntegrationId).Text(run.Type.Column());
        foreach (var table in (string[])["sync_seen", "sync_candidates"])
            batch.Add($"""
                delete from kombo.{table} where sweep_id = (
                    select sweep_id from kombo.sync_leases where integration_id = $1 and type = $2)
                """).Text(run.IntegrationId).Text(run.Type.Column());
    }

    static void AddEndLease(NpgsqlBatch batch, RunHandle run, bool endsSweep) =>
        batch.Add(EndLeaseSql).Text(run.IntegrationId).Text(run.Type.Column()).Bigint(run.FencingToken).Flag(endsSweep);

    /// <summary>Ends the lease alone.</summary>
    public async Task ReleaseAsync(RunHandle run, CancellationToken cancellationToken) =>
        await transactions.RunAsync(async (connection, token) =>
        {
            await using var batch = new NpgsqlBatch(connection);
            AddEndLease(batch, run, endsSweep: false);
            return await batch.ExecuteNonQueryAsync(token);
        }, cancellationToken);
}
