using Kombo.Storage.Statements;
using Npgsql;

namespace Kombo.Storage.Requests;

/// <summary>Requests that the API makes and the operator serves: rows of sync_requests, at most one waiting for each
/// integration.</summary>
public sealed class SyncRequests
{
    readonly NpgsqlDataSource source;

    internal SyncRequests(NpgsqlDataSource source) => this.source = source;

    // A full brings what a delta would, so whoever wants less than what is there already has it.
    const string FindSql = """
        select run_id, type
          from (select run_id, type, 0 as place
                  from kombo.sync_runs
                 where integration_id = @integrationId and finished_at is null and type in ('full', 'delta')
                 union all
                select run_id, type, 1
                  from kombo.sync_requests
                 where integration_id = @integrationId and accepted_at is not null and handled_at is null) there
         where type = 'full' or @type <> 'full' and type <> 'full'
         order by place, type = 'full' desc
         limit 1
        """;

    const string AskSql = """
        insert into kombo.sync_requests as r (integration_id, type, requested_by)
        values (@integrationId, @type, @requestedBy)
        on conflict (integration_id) where accepted_at is null and handled_at is null do update
           set type = case when 'full' in (r.type, excluded.type) then 'full'
                           when 'default' in (r.type, excluded.type) then 'default' else 'delta' end
        returning run_id, type, xmax <> 0 as already_queued
        """;

    /// <summary>Asks for a sync. What runs or waits and brings as much is the answer; a weaker request that waits
    /// becomes a stronger one and keeps its run's id.</summary>
    /// <param name="type">full, delta or default.</param>
    public async Task<AskedRun> AskAsync(
        string integrationId, string type, string? requestedBy, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var parameters = new { integrationId, type, requestedBy };
        var there = await connection.QuerySingleOrDefaultAsync<ThereRow>(Statement.Of(FindSql, parameters), cancellationToken);
        return there is not null
            ? new AskedRun(there.RunId, there.Type, AlreadyQueued: true)
            : await connection.QuerySingleAsync<AskedRun>(Statement.Of(AskSql, parameters), cancellationToken);
    }

    const string ListSql = """
        select integration_id, run_id, type, accepted
          from (select integration_id, run_id, type, accepted_at is not null as accepted, id
                  from kombo.sync_requests where handled_at is null
                 union all
                select integration_id, null, null, false, 0
                  from kombo.integrations where paused_by_api and deleted_at is null) wishes
         order by id
        """;

    /// <summary>Of all integrations, by one statement that reads two small indexes.</summary>
    public async Task<ApiWishes> ListAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<WishRow>(Statement.Of(ListSql), cancellationToken);
        return new(
            [.. rows.Where(row => row.RunId is not null) // then it is a request, which has a type too
                .Select(row => new SyncRequest(row.IntegrationId, row.RunId!, row.Type!, row.Accepted))],
            [.. rows.Where(row => row.RunId is null).Select(row => row.IntegrationId)]);
    }

    const string AcceptSql = """
        update kombo.sync_requests
           set accepted_at = coalesce(accepted_at, clock_timestamp()), type = @runsAs
         where run_id = @runId and handled_at is null and type = @type
        """;

    /// <summary>Before its run begins: from here on its type is fixed. Safe to repeat.</summary>
    /// <param name="type">As it was read.</param>
    /// <param name="runsAs">Together with what else the run serves.</param>
    /// <returns>False where it is another one by now, or answered: read again.</returns>
    public async Task<bool> AcceptAsync(
        string runId, string type, string runsAs, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(Statement.Of(AcceptSql, new { runId, type, runsAs }), cancellationToken) == 1;
    }

    const string AnswerSql = """
        update kombo.sync_requests
           set handled_at = clock_timestamp(), result = @result, reason = @reason
         where run_id = @runId and handled_at is null
        """;

    /// <summary>Its run is over, or there will be none. Safe to repeat.</summary>
    /// <param name="result">Completed, Failed or Rejected.</param>
    public async Task AnswerAsync(
        string runId, string result, string? reason, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(Statement.Of(AnswerSql, new { runId, result, reason }), cancellationToken);
    }

    sealed record ThereRow(string RunId, string Type);

    /// <param name="RunId">Null, as the type: the integration is paused.</param>
    sealed record WishRow(string IntegrationId, string? RunId, string? Type, bool Accepted);
}
