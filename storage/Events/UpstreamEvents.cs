using System.Collections.Immutable;
using Kombo.Storage.Statements;
using Npgsql;

namespace Kombo.Storage.Events;

/// <summary>The events that sources deliver: rows of upstream_events, put there by the API, looked for by the operator.</summary>
public sealed class UpstreamEvents
{
    readonly NpgsqlDataSource source;

    internal UpstreamEvents(NpgsqlDataSource source) => this.source = source;

    // The time is kept to the minute, as only days are asked of it: a storm of events does not rewrite the row each time.
    const string ReceiveSql = """
        with here as materialized (
            select i.integration_id from kombo.integrations i where i.integration_id = @integrationId and i.deleted_at is null
        ), told as (
            insert into kombo.upstream_events (integration_id, event_id, model, remote_id, occurred_at)
            select h.integration_id, e.event_id, e.model, e.remote_id, e.occurred_at
              from here h,
                   unnest(@eventIds::text[], @models::text[], @remoteIds::text[], @times::timestamptz[])
                       as e (event_id, model, remote_id, occurred_at)
            on conflict (integration_id, event_id) do nothing
            returning id
        ), noted as (
            update kombo.integrations i
               set last_upstream_event_at = clock_timestamp()
              from here h
             where i.integration_id = h.integration_id
               and (i.last_upstream_event_at is null or i.last_upstream_event_at < clock_timestamp() - interval '1 minute')
        )
        select exists (select 1 from here) as is_known, (select count(*) from told)::int as new
        """;

    /// <summary>Stores verified events. Those that were delivered before are passed over, so it is safe to repeat.</summary>
    /// <exception cref="ArgumentException">An id has a length that cannot be stored.</exception>
    public async Task<Received> ReceiveAsync(
        string integrationId, IReadOnlyCollection<UpstreamEvent> events, CancellationToken cancellationToken)
    {
        foreach (var told in events)
            Check(told);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<Received>(Statement.Of(ReceiveSql, new
        {
            integrationId,
            eventIds = events.Select(told => told.EventId).ToArray(),
            models = events.Select(told => told.Model).ToArray(),
            remoteIds = events.Select(told => told.RemoteId).ToArray(),
            times = events.Select(told => told.OccurredAt?.ToUniversalTime()).ToArray(),
        }), cancellationToken);
    }

    static void Check(UpstreamEvent told)
    {
        if (told.EventId.Length is 0 or > UpstreamEvent.LongestEventId)
            throw new ArgumentException($"an event's id has 1 to {UpstreamEvent.LongestEventId} characters", nameof(told));
        if (told.RemoteId is { Length: 0 or > UpstreamEvent.LongestRemoteId })
            throw new ArgumentException($"a record's id has 1 to {UpstreamEvent.LongestRemoteId} characters", nameof(told));
        if (told.EventId.Contains('\0') || told.RemoteId?.Contains('\0') == true || told.Model?.Contains('\0') == true)
            throw new ArgumentException("an id holds a character that cannot be stored", nameof(told));
    }

    // One look at the index for each integration that has open events: the first of its entries is the one due first.
    internal const string WaitingSql = """
        with recursive first as (
            (select e.integration_id, e.due_at, e.id
               from kombo.upstream_events e
              where e.closed_at is null
              order by e.integration_id, e.due_at, e.id
              limit 1)
             union all
            select n.integration_id, n.due_at, n.id
              from first f
             cross join lateral (
                select e.integration_id, e.due_at, e.id
                  from kombo.upstream_events e
                 where e.closed_at is null and e.integration_id > f.integration_id
                 order by e.integration_id, e.due_at, e.id
                 limit 1) n
        )
        select integration_id, id as oldest, due_at as since from first where due_at <= clock_timestamp()
        """;

    /// <summary>The integrations that have events to be taken now, by one statement whose cost is theirs alone.</summary>
    public async Task<ImmutableArray<WaitingEvents>> WaitingAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.QueryAsync<WaitingEvents>(Statement.Of(WaitingSql), cancellationToken);
    }
}
