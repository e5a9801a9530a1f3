using Kombo.Core.Models;
using Kombo.Storage.Runs;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Purging;

/// <summary>The short transactions of a purge run: what needs a change is looked for without a lock; then so many rows at a
/// time are changed under the integration's tick and the run's fence, as a sync writes.</summary>
sealed class PurgeTransactions(TransactionRunner transactions, RunHandle run)
{
    const int PageSize = 1000;

    bool RemovesEverything => run.Request.Purge?.Everything == true;

    /// <returns>Where the stretch after <paramref name="after"/> ends, null at the end of the table, and whom the act
    /// concerns in it.</returns>
    public Task<(string? End, string[] Ids)> FindAsync(
        Model model, PurgeAct act, string after, CancellationToken cancellationToken) =>
        transactions.RunAsync(
            async (connection, token) =>
            {
                await using var batch = new NpgsqlBatch(connection);
                batch.Add(PurgeSql.Find(model, act)).Text(run.IntegrationId).Text(after).Instant(act.Bound);
                await using var reader = await batch.ExecuteReaderAsync(token);
                await reader.ReadAsync(token);
                return (await reader.IsDBNullAsync(0, token) ? null : reader.GetString(0), reader.GetFieldValue<string[]>(1));
            },
            cancellationToken);

    /// <returns>How many rows were changed: those that another writer was faster with are not among them.</returns>
    public async Task<long> ApplyAsync(Model model, PurgeAct act, string[] ids, CancellationToken cancellationToken)
    {
        long all = 0;
        foreach (var page in ids.Chunk(PageSize))
            all += await WriteAsync(
                batch => batch.Add(PurgeSql.Apply(act))
                    .Text(run.IntegrationId).Texts(page).Instant(act.Bound).Text(run.RunId).Text(model.Name),
                act.IsSilent, cancellationToken);
        return all;
    }

    /// <summary>Removes rows of bookkeeping, page by page.</summary>
    public async Task<long> PruneAsync(Pruning pruning, CancellationToken cancellationToken)
    {
        if (!await IsNeededAsync(pruning, cancellationToken))
            return 0;
        long all = 0;
        long page;
        do
            all += page = await WriteAsync(
                batch => pruning.AddTo(batch.Add(PruneSql(pruning)), run), isSilent: false, cancellationToken);
        while (page == PageSize);
        return all;
    }

    static string PruneSql(Pruning pruning) => $"""
        with gone as (
            delete from kombo.{pruning.Table} d
             where d.ctid = any(array(select t.ctid from kombo.{pruning.Table} t where {pruning.Where} limit {PageSize}))
            returning 1
        ), counted as (
            update kombo.sync_runs set pruned = coalesce(pruned, 0) + (select count(*) from gone) where run_id = $4
        )
        select count(*) from gone
        """;

    Task<bool> IsNeededAsync(Pruning pruning, CancellationToken cancellationToken) => transactions.RunAsync(
        async (connection, token) =>
        {
            await using var batch = new NpgsqlBatch(connection);
            pruning.AddTo(batch.Add($"select exists (select 1 from kombo.{pruning.Table} t where {pruning.Where})"), run);
            return await batch.ExecuteScalarAsync(token) is true;
        },
        cancellationToken);

    const string AssertDeletedSql = "select kombo.assert_deleted($1, $2)";

    const string AnonymizeSql = "select set_config('kombo.anonymize', 'on', true)";

    /// <summary>One fenced transaction with a statement whose result is a number of rows.</summary>
    public Task<long> WriteAsync(
        Func<NpgsqlBatch, NpgsqlBatchCommand> add, bool isSilent, CancellationToken cancellationToken) =>
        transactions.RunFencedAsync(
            run,
            async (connection, token) =>
            {
                await using var batch = FencedTransaction.Begin(connection, run);
                if (RemovesEverything)
                    batch.Add(AssertDeletedSql).Text(run.IntegrationId).Text(run.Request.Uid);
                if (isSilent)
                    batch.Add(AnonymizeSql);
                add(batch);
                FencedTransaction.AddEnd(batch);
                await using var reader = await batch.ExecuteReaderAsync(token);
                await FencedTransaction.SkipBeginAsync(reader, token);
                for (var extra = (RemovesEverything ? 1 : 0) + (isSilent ? 1 : 0); extra > 0; extra--)
                    await reader.NextResultAsync(token);
                await reader.ReadAsync(token);
                var rows = reader.GetInt64(0);
                while (await reader.NextResultAsync(token))
                {
                    // to the end of the batch, so that an error of the commit is not missed
                }

                return rows;
            },
            cancellationToken);
}

/// <summary>Rows of a bookkeeping table that are to go.</summary>
/// <param name="Where">Over <c>t</c>, with $1 integration, $2 <paramref name="Bound"/>, $3 <paramref name="Names"/>, $4 the run.</param>
sealed record Pruning(string Table, string Where, DateTimeOffset Bound, params string[] Names)
{
    public NpgsqlBatchCommand AddTo(NpgsqlBatchCommand command, RunHandle run) =>
        command.Text(run.IntegrationId).Instant(Bound).Texts(Names).Text(run.RunId);
}
