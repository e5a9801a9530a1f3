using System.Collections.Immutable;
using Kombo.Core.Models;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Statements;
using Kombo.Storage.Transactions;
using Npgsql;
using NpgsqlTypes;

namespace Kombo.Storage.Events;

/// <summary>The events of one integration as a webhook run works through them. Only the holder of the lease takes and closes
/// them, so what a run before has taken and not closed is taken again.</summary>
public sealed class PendingEvents
{
    readonly TransactionRunner transactions;
    readonly ModelCatalog catalog;

    internal PendingEvents(TransactionRunner transactions, ModelCatalog catalog) =>
        (this.transactions, this.catalog) = (transactions, catalog);

    // Looked at in bounded portions, or taking a very long queue would cost its length each time.
    const string TakeSql = """
        with open as materialized (
            select e.id, e.model, e.remote_id
              from kombo.upstream_events e
             where e.integration_id = $1 and e.closed_at is null and e.due_at <= $4
             order by e.due_at, e.id
             limit 20000
        ), target as materialized (
            select coalesce(o.model, '') as model, coalesce(o.remote_id, '') as remote_id, array_agg(o.id order by o.id) as ids
              from open o
             group by 1, 2
             order by min(o.id)
             limit $2
        ), taken as (
            update kombo.upstream_events e
               set state = 'taken', run_id = $3, attempts = e.attempts + 1
             where e.id = any(array(select unnest(t.ids) from target t))
            returning coalesce(e.model, '') as model, coalesce(e.remote_id, '') as remote_id, e.attempts
        )
        select nullif(t.model, ''), nullif(t.remote_id, ''), t.ids, max(k.attempts)
          from target t
          join taken k on k.model = t.model and k.remote_id = t.remote_id
         group by t.model, t.remote_id, t.ids
         order by t.ids[1]
        """;

    /// <summary>Takes what is due, record by record, those told of first first.</summary>
    /// <param name="most">Records.</param>
    /// <param name="until">What came, or comes due, after it is left.</param>
    /// <exception cref="LeaseLostException">Another worker has taken over.</exception>
    public Task<ImmutableArray<TakenEvents>> TakeAsync(
        RunHandle run, int most, DateTimeOffset until, CancellationToken cancellationToken) =>
        transactions.RunFencedAsync(run, async (connection, token) =>
        {
            await using var batch = FencedTransaction.Begin(connection, run, needsSeenSet: false);
            batch.Add(TakeSql).Text(run.IntegrationId).Bigint(most).Text(run.RunId).Instant(until);
            FencedTransaction.AddEnd(batch);
            await using var reader = await batch.ExecuteReaderAsync(token);
            return await ReadTakenAsync(reader, token);
        }, cancellationToken);

    static async Task<ImmutableArray<TakenEvents>> ReadTakenAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var taken = ImmutableArray.CreateBuilder<TakenEvents>();
        await FencedTransaction.SkipBeginAsync(reader, cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            taken.Add(new(
                reader.IsDBNull(0) ? null : reader.GetString(0),
                reader.IsDBNull(1) ? null : reader.GetString(1),
                [.. reader.GetFieldValue<long[]>(2)],
                reader.GetInt32(3)));
        while (await reader.NextResultAsync(cancellationToken))
        {
            // to the end of the batch, so that an error of the commit is not missed
        }

        return taken.ToImmutable();
    }

    // What is out of scope is not kept, not even by its key.
    const string CloseSql = $"""
        update kombo.upstream_events e
           set state = $3, reason = $4, closed_at = clock_timestamp(),
               remote_id = case when $4 = '{EventReasons.OutOfScope}' then null else e.remote_id end
         where e.integration_id = $1 and e.id = any($2) and e.closed_at is null
        """;

    const string LaterSql = """
        update kombo.upstream_events e
           set state = 'pending', reason = $3, due_at = clock_timestamp() + $4
         where e.integration_id = $1 and e.id = any($2) and e.closed_at is null
        """;

    // One that waits already, of whatever type, brings as much: it has not begun.
    const string AskSql = """
        insert into kombo.sync_requests (integration_id, type, requested_by)
        values ($1, 'delta', 'webhook')
        on conflict (integration_id) where accepted_at is null and handled_at is null do nothing
        """;

    /// <summary>Says how events end, and asks for the delta sync that some of them need. Safe to repeat.</summary>
    /// <exception cref="LeaseLostException">Another worker has taken over.</exception>
    public Task SettleAsync(
        RunHandle run, IReadOnlyCollection<EventSettlement> settlements, CancellationToken cancellationToken) =>
        transactions.RunFencedAsync(run, async (connection, token) =>
        {
            await using var batch = FencedTransaction.Begin(connection, run, needsSeenSet: false);
            foreach (var ends in settlements.GroupBy(settlement => settlement.End))
                Add(batch, run, ends.Key, [.. ends.SelectMany(settlement => settlement.Ids)]);
            FencedTransaction.AddEnd(batch);
            return await batch.ExecuteNonQueryAsync(token);
        }, cancellationToken);

    static void Add(NpgsqlBatch batch, RunHandle run, EventEnd end, long[] ids)
    {
        if (end.Fate == EventFate.Later)
        {
            batch.Add(LaterSql).Text(run.IntegrationId).Bigints(ids).Text(end.Reason)
                .Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = end.Delay, NpgsqlDbType = NpgsqlDbType.Interval });
            return;
        }

        batch.Add(CloseSql).Text(run.IntegrationId).Bigints(ids).Text(end.Fate == EventFate.Done ? "done" : "failed").Text(end.Reason);
        if (end.Reason == EventReasons.DeltaRequested)
            batch.Add(AskSql).Text(run.IntegrationId);
    }

    /// <summary>The source was asked for that record alone and has it no more: its row is marked deleted, if nothing knows better
    /// and the deletion guard lets it. Its events are closed with it, as the guard counts them.</summary>
    /// <param name="told">Events that tell of one record.</param>
    /// <param name="requestedAt">By the database's clock.</param>
    /// <exception cref="LeaseLostException">Another worker has taken over.</exception>
    public Task<RecordRemoval> MarkGoneAsync(
        RunHandle run, TakenEvents told, DateTimeOffset requestedAt, CancellationToken cancellationToken) =>
        new VanishedRecord(transactions, run, catalog.Get(told.Model!), told).MarkAsync(requestedAt, cancellationToken);

    const string ReturnSql = """
        update kombo.upstream_events e
           set state = 'pending',
               attempts = case when e.id = any($3) then e.attempts else greatest(0, e.attempts - 1) end,
               due_at = case when e.id = any($3) then greatest(e.due_at, clock_timestamp() + interval '1 minute') else e.due_at end
         where e.integration_id = $1 and e.run_id = $2 and e.state = 'taken'
        """;

    /// <summary>Gives back what the run has taken and not come to: that it was taken does not count.</summary>
    /// <param name="begun">Of the record that the run failed at: it does count, and others come first.</param>
    /// <exception cref="LeaseLostException">Another worker has taken over, who takes them in any case.</exception>
    public Task ReturnAsync(RunHandle run, IReadOnlyCollection<long> begun, CancellationToken cancellationToken) =>
        transactions.RunFencedAsync(run, async (connection, token) =>
        {
            await using var batch = FencedTransaction.Begin(connection, run, needsSeenSet: false);
            batch.Add(ReturnSql).Text(run.IntegrationId).Text(run.RunId).Bigints([.. begun]);
            FencedTransaction.AddEnd(batch);
            return await batch.ExecuteNonQueryAsync(token);
        }, cancellationToken);

    const string CrowdedSql = """
        select o.model
          from (select e.model, e.remote_id
                  from kombo.upstream_events e
                 where e.integration_id = @integrationId and e.closed_at is null and e.due_at <= @until
                   and e.model is not null
                 order by e.due_at, e.id
                 limit 20000) o
         group by o.model
        having count(distinct o.remote_id) > @most
        """;

    /// <summary>The models of which more records wait than are to be read one by one.</summary>
    /// <param name="until">As in <see cref="TakeAsync"/>.</param>
    public Task<ImmutableHashSet<string>> FindCrowdedAsync(
        RunHandle run, int most, DateTimeOffset until, CancellationToken cancellationToken) =>
        transactions.RunAsync(async (connection, token) =>
            (await connection.QueryAsync<string>(Statement.Of(CrowdedSql, new { run.IntegrationId, most, until }), token))
                .ToImmutableHashSet(),
            cancellationToken);

    // Events are kept for days: only those are looked at that were closed since the run began, or wait.
    const string SummarySql = """
        select e.reason, count(*) as events
          from (select c.reason, c.run_id
                  from kombo.upstream_events c
                 where c.integration_id = @integrationId and c.closed_at >= @startedAt
                 union all
                select o.reason, o.run_id
                  from kombo.upstream_events o
                 where o.integration_id = @integrationId and o.closed_at is null and o.reason is not null) e
         where e.run_id = @runId
         group by e.reason
         order by 2 desc, 1
        """;

    /// <summary>How the events ended that the run has taken, those of its earlier attempts included.</summary>
    public Task<ImmutableArray<EventCount>> SummarizeAsync(RunHandle run, CancellationToken cancellationToken)
    {
        var summary = Statement.Of(SummarySql, new { run.IntegrationId, run.RunId, run.StartedAt });
        return transactions.RunAsync((connection, token) => connection.QueryAsync<EventCount>(summary, token), cancellationToken);
    }
}
