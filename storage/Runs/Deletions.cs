using Kombo.Core.Models;
using Kombo.Storage.Transactions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <summary>Marks the rows that a complete full sync has not seen. First all candidates of all models are found, of which
/// those wait that may only have been passed over; then the guard judges, then what it lets through is marked in short transactions, each row looked at once more.</summary>
sealed partial class Deletions(TransactionRunner transactions, ILogger logger)
{
    const int PageSize = 1000;

    public async Task<DeletionOutcome> MarkAsync(
        RunHandle run, IReadOnlyCollection<DeletableModel> models, CancellationToken cancellationToken)
    {
        var candidates = new DeletionCandidates(transactions, run);
        var missed = new MissedRecords(transactions, run);
        var (found, waiting) = (new List<FoundCandidates>(), new List<MissedModel>());
        foreach (var (model, oneMissIsProof) in models)
        {
            var one = await candidates.FindAsync(model, cancellationToken);
            found.Add(oneMissIsProof ? one : await missed.KeepMissedTwiceAsync(one, cancellationToken));
            if (found[^1].Count < one.Count)
                waiting.Add(new(model, one.Count - found[^1].Count));
        }

        var held = new List<HeldModel>();
        foreach (var one in found)
            switch (await candidates.JudgeAsync(one, cancellationToken))
            {
                case Judgement.Hold:
                    held.Add(new HeldModel(one.Model, one.Count, one.Live, one.CameEmpty));
                    break;
                case Judgement.Mark:
                    await MarkAsync(run, one, cancellationToken);
                    await candidates.ForgetAsync(one.Model, cancellationToken);
                    break;
                case Judgement.Leave when one.Count > 0:
                    LogLeft(one.Count, one.Model.Name, run.RunId);
                    break;
            }

        return new([.. held], [.. waiting]);
    }

    async Task MarkAsync(RunHandle run, FoundCandidates found, CancellationToken cancellationToken)
    {
        long total = 0;
        for (var left = found.Count > 0; left;)
        {
            (left, var deleted) = await transactions.RunFencedAsync(
                run, (connection, token) => MarkPageAsync(connection, run, found, token), cancellationToken);
            total += deleted;
        }

        if (total > 0)
            LogDeleted(total, found.Model.Name, run.RunId);
    }

    // "= any(array(…))" because only that is sure to look rows up by their key.
    static string MarkSql(Model model) => $"""
        with page as materialized (
            select c.id from kombo.sync_candidates c where c.sweep_id = $2 and c.model = $3 order by c.id limit $6
        ), taken as (
            delete from kombo.sync_candidates c
             where c.sweep_id = $2 and c.model = $3 and c.id = any(array(select p.id from page p))
        ), sighted as materialized (
            select unnest(s.ids) as id from kombo.sync_seen s where s.sweep_id = $2 and s.model = $3 and s.seq > $5
        ), gone as (
            update kombo.{model.Name} t
               set remote_deleted_at = current_setting('kombo.tick')::timestamptz,
                   requested_at = greatest(t.requested_at, $4)
             where t.integration_id = $1
               and t.id = any(array(select p.id from page p))
               and t.id not in (select s.id from sighted s)
               and t.remote_deleted_at is null
               and t.changed_at < $4
            returning t.id
        ), settled as (
            delete from kombo.missed_records m
             where m.integration_id = $1 and m.model = $3 and m.id = any(array(select g.id from gone g))
        ), counted as (
            update kombo.sync_runs set deleted = deleted + (select count(*) from gone) where run_id = $7
        ), flagged as (
            insert into kombo.changed_models (integration_id, model, changed_at)
            select $1, $3, current_setting('kombo.tick')::timestamptz where exists (select 1 from gone)
            on conflict (integration_id, model) do update set changed_at = excluded.changed_at
        )
        select (select count(*) from page), (select count(*) from gone)
        """;

    static async Task<(bool Left, long Deleted)> MarkPageAsync(
        NpgsqlConnection connection, RunHandle run, FoundCandidates found, CancellationToken cancellationToken)
    {
        await using var batch = FencedTransaction.Begin(connection, run);
        batch.Add(MarkSql(found.Model)).Text(run.IntegrationId).Text(found.Sweep.Id).Text(found.Model.Name)
            .Instant(found.Sweep.StartedAt).Bigint(found.LastSeen).Bigint(PageSize).Text(run.RunId);
        FencedTransaction.AddEnd(batch);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await FencedTransaction.SkipBeginAsync(reader, cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var result = (Left: reader.GetInt64(0) == PageSize, Deleted: reader.GetInt64(1));
        while (await reader.NextResultAsync(cancellationToken))
        {
            // to the end of the batch, so that an error of the commit is not missed
        }

        return result;
    }

    [LoggerMessage(4502, LogLevel.Information,
        "Left {Records} vanished records of {Model} to the next full sync: run {Run} marks only what was confirmed")]
    partial void LogLeft(long records, string model, string run);

    [LoggerMessage(4501, LogLevel.Information, "Marked {Records} records of {Model} as deleted in run {Run}")]
    partial void LogDeleted(long records, string model, string run);
}
