using Kombo.Core.Ids;
using Kombo.Core.Models;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Statements;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Events;

/// <summary>A record that the source, asked for it alone, has no more. An answer like that may be wrong in masses (a moved
/// address, a licence that ended), so the deletion guard counts those of a day.</summary>
sealed class VanishedRecord(TransactionRunner transactions, RunHandle run, Model model, TakenEvents told)
{
    readonly string remoteId = told.RemoteId!; // not null: the source was asked for it
    readonly string id = KomboIds.Record(run.IntegrationId, model.Name, told.RemoteId!);

    public async Task<RecordRemoval> MarkAsync(DateTimeOffset requestedAt, CancellationToken cancellationToken)
    {
        if (!await transactions.RunAsync(IsLiveAsync, cancellationToken))
            return RecordRemoval.NothingToMark;
        if (await transactions.RunAsync(IsHeldAsync, cancellationToken))
            return RecordRemoval.Held;
        return await transactions.RunFencedAsync(
            run, (connection, token) => MarkOnceAsync(connection, requestedAt, token), cancellationToken)
            ? RecordRemoval.Marked : RecordRemoval.NothingToMark;
    }

    Task<bool> IsLiveAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<bool>(Statement.Of(
            $"""
            select exists (select 1 from kombo.{model.Name} t
                            where t.integration_id = @integrationId and t.id = @id and t.remote_deleted_at is null)
            """,
            new { run.IntegrationId, id }), cancellationToken);

    const string GoneSql = $"""
        select count(distinct e.remote_id)
          from kombo.upstream_events e
         where e.integration_id = @integrationId and e.closed_at > clock_timestamp() - interval '24 hours'
           and e.model = @model and e.reason = '{EventReasons.Gone}' and e.remote_id <> @remoteId
        """;

    async Task<bool> IsHeldAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var gone = await connection.QuerySingleAsync<long>(
            Statement.Of(GoneSql, new { run.IntegrationId, model = model.Name, remoteId }), cancellationToken);
        var guard = run.Request.DeletionGuard;
        // Counting the table is for the few times when it can matter.
        if (!DeletionGuard.Holds(guard, gone + 1, live: 0, cameEmpty: false))
            return false;
        var live = await connection.QuerySingleAsync<long>(Statement.Of(
            $"select count(*) from kombo.{model.Name} t where t.integration_id = @integrationId and t.remote_deleted_at is null",
            new { run.IntegrationId }), cancellationToken);
        return DeletionGuard.Holds(guard, gone + 1, gone + live, cameEmpty: false);
    }

    // Data that was requested later, and sightings that are, know better. The events are closed in the same transaction, so that
    // the guard counts the record for the next one, whatever becomes of this run.
    string MarkSql => $"""
        with later as materialized (
            select unnest(s.ids) as id
              from kombo.sync_seen s
             where s.sweep_id = (select l.sweep_id from kombo.sync_leases l where l.integration_id = $1 and l.type = 'full')
               and s.model = $2 and s.requested_at > $4
        ), gone as (
            update kombo.{model.Name} t
               set remote_deleted_at = current_setting('kombo.tick')::timestamptz, requested_at = $4
             where t.integration_id = $1
               and t.id = $3
               and t.remote_deleted_at is null
               and (t.requested_at is null or t.requested_at <= $4
                    or t.requested_at > current_setting('kombo.tick')::timestamptz)
               and not exists (select 1 from later l where l.id = $3)
            returning t.id
        ), settled as (
            delete from kombo.missed_records m
             where m.integration_id = $1 and m.model = $2 and m.id in (select g.id from gone g)
        ), counted as (
            update kombo.sync_runs set deleted = deleted + 1 where run_id = $5 and exists (select 1 from gone)
        ), flagged as (
            insert into kombo.changed_models (integration_id, model, changed_at)
            select $1, $2, current_setting('kombo.tick')::timestamptz where exists (select 1 from gone)
            on conflict (integration_id, model) do update set changed_at = excluded.changed_at
        ), closed as (
            update kombo.upstream_events e
               set state = 'done', reason = '{EventReasons.Gone}', closed_at = clock_timestamp()
             where e.integration_id = $1 and e.id = any($6) and e.closed_at is null and exists (select 1 from gone)
        )
        select exists (select 1 from gone)
        """;

    async Task<bool> MarkOnceAsync(
        NpgsqlConnection connection, DateTimeOffset requestedAt, CancellationToken cancellationToken)
    {
        await using var batch = FencedTransaction.Begin(connection, run, needsSeenSet: false, requestedAt);
        batch.Add(MarkSql).Text(run.IntegrationId).Text(model.Name).Text(id).Instant(requestedAt).Text(run.RunId)
            .Bigints([.. told.Ids]);
        FencedTransaction.AddEnd(batch);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await FencedTransaction.SkipBeginAsync(reader, cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var isMarked = reader.GetBoolean(0);
        while (await reader.NextResultAsync(cancellationToken))
        {
            // to the end of the batch, so that an error of the commit is not missed
        }

        return isMarked;
    }
}
