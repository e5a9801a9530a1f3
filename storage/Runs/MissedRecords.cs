using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <summary>The missed_records table. Where paging may pass over a record, one miss is no proof: what a complete full sync
/// misses for the first time is noted here and left alone, and whoever meets it removes it. Short transactions, in which
/// no page is written.</summary>
sealed class MissedRecords(TransactionRunner transactions, RunHandle run)
{
    const int PageSize = 2000;

    /// <summary>Leaves among the candidates only those that an earlier full sync has missed too. Safe to repeat: neither
    /// another attempt of the run, nor another run that goes on with the same pass over the source, is a second look.</summary>
    /// <exception cref="LeaseLostException">Another worker has taken over.</exception>
    /// <exception cref="SeenSetLostException">The seen set is gone.</exception>
    public async Task<FoundCandidates> KeepMissedTwiceAsync(FoundCandidates found, CancellationToken cancellationToken)
    {
        long kept = 0;
        for (var after = ""; after is not null;)
        {
            var from = after;
            var page = await RunAsync(batch => AddNote(batch, found, from), cancellationToken);
            (after, kept) = (page.Rows == PageSize ? page.Last : null, kept + page.Kept);
        }

        bool more;
        do
            more = (await RunAsync(batch => AddForget(batch, found), cancellationToken)).Rows == PageSize;
        while (more);
        return found with { Count = kept };
    }

    // Parameters: $1 integration, $2 sweep, $3 model, $4 basis, $5 run, $6 start of the sweep, $7 last seen, $8 id, $9 limit.
    // What was sighted since the candidates were found is no miss; its note, if it had one, is gone by now. A note made for
    // another scope or other parameters is worth nothing: the list was another one.
    const string NotePageSql = """
        with page as materialized (
            select c.id from kombo.sync_candidates c
             where c.sweep_id = $2 and c.model = $3 and c.id > $8 order by c.id limit $9
        ), sighted as materialized (
            select unnest(s.ids) as id from kombo.sync_seen s where s.sweep_id = $2 and s.model = $3 and s.seq > $7
        ), before as materialized (
            select m.id from kombo.missed_records m
             where m.integration_id = $1 and m.model = $3 and m.id = any(array(select p.id from page p))
               and m.sweep_basis = $4 and m.sweep_id <> $2 and m.run_id <> $5
        ), noted as (
            insert into kombo.missed_records as m (integration_id, model, id, run_id, sweep_id, sweep_basis, missed_since)
            select $1, $3, p.id, $5, $2, $4, $6
              from page p
             where p.id not in (select b.id from before b) and p.id not in (select s.id from sighted s)
             order by p.id
            on conflict (integration_id, model, id) do update set
                   run_id = excluded.run_id, sweep_id = excluded.sweep_id, sweep_basis = excluded.sweep_basis,
                   missed_since = excluded.missed_since
             where m.sweep_basis <> excluded.sweep_basis or (m.run_id = excluded.run_id and m.sweep_id <> excluded.sweep_id)
        ), spared as (
            delete from kombo.sync_candidates c
             where c.sweep_id = $2 and c.model = $3
               and c.id = any(array(select p.id from page p where p.id not in (select b.id from before b)))
        )
        select (select count(*) from page), (select max(p.id) from page p), (select count(*) from before)
        """;

    void AddNote(NpgsqlBatch batch, FoundCandidates found, string after) =>
        batch.Add(NotePageSql).Text(run.IntegrationId).Text(found.Sweep.Id).Text(found.Model.Name).Text(found.Sweep.Basis)
            .Text(run.RunId).Instant(found.Sweep.StartedAt).Bigint(found.LastSeen).Text(after).Bigint(PageSize);

    // What this sync has not missed: no live row of the mirror any more, or written since by hand. What it met is gone.
    const string ForgetOthersSql = """
        with others as materialized (
            select m.id from kombo.missed_records m
             where m.integration_id = $1 and m.model = $3 and m.sweep_id <> $2
               and not exists (select 1 from kombo.sync_candidates c
                                where c.sweep_id = $2 and c.model = $3 and c.id = m.id)
             limit $4
        ), forgotten as (
            delete from kombo.missed_records m
             where m.integration_id = $1 and m.model = $3 and m.id = any(array(select o.id from others o))
        )
        select (select count(*) from others), null::text, 0::bigint
        """;

    void AddForget(NpgsqlBatch batch, FoundCandidates found) =>
        batch.Add(ForgetOthersSql).Text(run.IntegrationId).Text(found.Sweep.Id).Text(found.Model.Name).Bigint(PageSize);

    Task<Page> RunAsync(Action<NpgsqlBatch> add, CancellationToken cancellationToken) =>
        transactions.RunFencedAsync(run, (connection, token) => RunOnceAsync(connection, add, token), cancellationToken);

    async Task<Page> RunOnceAsync(NpgsqlConnection connection, Action<NpgsqlBatch> add, CancellationToken cancellationToken)
    {
        await using var batch = FencedTransaction.Begin(connection, run);
        add(batch);
        FencedTransaction.AddEnd(batch);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await FencedTransaction.SkipBeginAsync(reader, cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var page = new Page(reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetInt64(2));
        while (await reader.NextResultAsync(cancellationToken))
        {
            // to the end of the batch, so that an error of the commit is not missed
        }

        return page;
    }

    /// <param name="Last">The largest id; null where there is none.</param>
    /// <param name="Kept">Missed before too.</param>
    sealed record Page(long Rows, string? Last, long Kept);
}
