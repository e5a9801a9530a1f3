using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Storage.Statements;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Registry;

/// <summary>The rows that the operator keeps and reads: integrations and runs, never records.</summary>
public sealed class IntegrationRegistry
{
    readonly NpgsqlDataSource source;
    readonly TransactionRunner transactions;

    internal IntegrationRegistry(NpgsqlDataSource source, TransactionRunner transactions) =>
        (this.source, this.transactions) = (source, transactions);

    const string InstallationIdSql = "select id from kombo.installation";

    /// <summary>The id of this database, made when the schema is; part of every derived integration id.</summary>
    public async Task<string> InstallationIdAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<string>(Statement.Of(InstallationIdSql), cancellationToken);
    }

    // An id that another living Integration has is not taken from it: the records of both would be mixed. Before and
    // after are compared in the statement that writes, so that what webhooks tell commits with the row.
    const string UpsertSql = """
        with before as (
            select * from kombo.integrations where integration_id = @IntegrationId
        ), mirror as (
            select exists (select from kombo.changed_models where integration_id = @IntegrationId) as is_filled
        ), saved as (
            insert into kombo.integrations as i (
                   integration_id, cluster, namespace, name, uid, connector, identity, category, end_user_organization_name,
                   end_user_origin_id, end_user_creator_email, state, deletion_policy, created_at, deleted_at)
            values (@IntegrationId, @Cluster, @Namespace, @Name, @Uid, @Connector, @Identity, @Category, @EndUserOrganizationName,
                   @EndUserOriginId, @EndUserCreatorEmail, @State, @DeletionPolicy, @CreatedAt, @DeletedAt)
            on conflict (integration_id) do update set
                   cluster = coalesce(excluded.cluster, i.cluster), namespace = excluded.namespace, name = excluded.name,
                   uid = excluded.uid, connector = excluded.connector, category = excluded.category,
                   identity = case when (select is_filled from mirror) then coalesce(i.identity, excluded.identity)
                                   else excluded.identity end,
                   end_user_organization_name = excluded.end_user_organization_name,
                   end_user_origin_id = excluded.end_user_origin_id,
                   end_user_creator_email = excluded.end_user_creator_email, state = excluded.state,
                   deletion_policy = excluded.deletion_policy, created_at = excluded.created_at,
                   deleted_at = excluded.deleted_at, purged_at = null, updated_at = clock_timestamp()
             where (i.deleted_at is not null or (i.namespace, i.name) = (excluded.namespace, excluded.name)
                    and coalesce(i.cluster = excluded.cluster, true))
               and (coalesce(excluded.cluster, i.cluster), i.namespace, i.name, i.uid, i.connector, i.category,
                    i.end_user_organization_name, i.end_user_origin_id, i.end_user_creator_email, i.state,
                    i.deletion_policy, i.created_at, i.deleted_at,
                    case when (select is_filled from mirror) then coalesce(i.identity, excluded.identity)
                         else excluded.identity end)
                   is distinct from
                   (i.cluster, excluded.namespace, excluded.name, excluded.uid, excluded.connector, excluded.category,
                    excluded.end_user_organization_name, excluded.end_user_origin_id, excluded.end_user_creator_email,
                    excluded.state, excluded.deletion_policy, excluded.created_at, excluded.deleted_at, i.identity)
            returning i as integration, i.state, i.deleted_at
        ), told as (
            insert into kombo.webhook_outbox (integration_id, kind, payload)
            select @IntegrationId, kind, kombo.integration_event(kind, s.integration)
              from saved s left join before b on true
             cross join lateral (select case
                   when s.deleted_at is null and (b.integration_id is null or b.deleted_at is not null)
                        then 'integration-created'
                   when s.deleted_at is not null and b.deleted_at is null then 'integration-deleted'
                   when s.state <> b.state then 'integration-state-changed' end) as e (kind)
             where kind is not null
        )
        select exists (select from saved) as written,
               (select b.namespace || '/' || b.name || case when b.cluster <> @Cluster then ' of another cluster' else '' end
                  from before b
                 where b.deleted_at is null
                   and ((b.namespace, b.name) <> (@Namespace, @Name) or coalesce(b.cluster <> @Cluster, false))) as holder
        """;

    /// <summary>Writes nothing when the row is as given, or when another Integration has the id.</summary>
    public async Task<RowWrite> UpsertAsync(IntegrationRow row, CancellationToken cancellationToken)
    {
        var utc = row with { CreatedAt = row.CreatedAt?.ToUniversalTime(), DeletedAt = row.DeletedAt?.ToUniversalTime() };
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<RowWrite>(Statement.Of(UpsertSql, utc), cancellationToken);
    }

    const string FindSql = """
        select integration_id, cluster, namespace, name, uid, connector, identity, category, end_user_organization_name,
               end_user_origin_id, end_user_creator_email, state, deletion_policy, created_at, deleted_at, purged_at
          from kombo.integrations
        """;

    /// <summary>Null: the registry has no such integration.</summary>
    public async Task<IntegrationRow?> FindAsync(string integrationId, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<IntegrationRow>(
            Statement.Of($"{FindSql} where integration_id = @integrationId", new { integrationId }), cancellationToken);
    }

    /// <summary>Those of a cluster whose Integration exists, as far as the registry knows.</summary>
    public async Task<ImmutableArray<IntegrationRow>> ListOpenAsync(string cluster, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.QueryAsync<IntegrationRow>(
            Statement.Of($"{FindSql} where deleted_at is null and cluster = @cluster", new { cluster }), cancellationToken);
    }

    // What is purged keeps its last run and webhooks for a while.
    const string DeletedSql = $"""
        {FindSql}
         where deleted_at is not null and (purged_at is null or purged_at > clock_timestamp() - interval '60 days')
         order by deletion_policy, deleted_at
        """;

    /// <summary>Those whose Integration is deleted and whose rows are still there, of all clusters; what is to go first.</summary>
    public async Task<ImmutableArray<IntegrationRow>> ListDeletedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.QueryAsync<IntegrationRow>(Statement.Of(DeletedSql), cancellationToken);
    }

    const string CloseSql = """
        with closed as (
            update kombo.integrations i
               set state = 'INACTIVE', deleted_at = clock_timestamp(), updated_at = clock_timestamp()
             where uid = @uid and deleted_at is null
            returning i as integration, i.integration_id
        ), rejected as (
            update kombo.sync_requests r
               set handled_at = clock_timestamp(), result = 'Rejected', reason = 'Deleted'
              from closed c
             where r.integration_id = c.integration_id and r.handled_at is null
        ), told as (
            insert into kombo.webhook_outbox (integration_id, kind, payload)
            select c.integration_id, 'integration-deleted', kombo.integration_event('integration-deleted', c.integration)
              from closed c
        )
        select exists (select from closed)
        """;

    /// <summary>The Integration of that uid is gone, and what the API asked for it is rejected. One that was made again
    /// under the same id keeps its row.</summary>
    /// <returns>Whether it was written.</returns>
    public async Task<bool> CloseAsync(string uid, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<bool>(Statement.Of(CloseSql, new { uid }), cancellationToken);
    }

    const string MirroredIdentitySql = """
        select i.identity
          from kombo.integrations i
         where i.integration_id = @integrationId
           and exists (select from kombo.changed_models c where c.integration_id = i.integration_id)
        """;

    /// <summary>The source whose records the mirror holds under that id; null: it holds none, or it is not known whose.</summary>
    public async Task<string?> MirroredIdentityAsync(string integrationId, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<string?>(
            Statement.Of(MirroredIdentitySql, new { integrationId }), cancellationToken);
    }

    const string LastEventSql = "select last_upstream_event_at from kombo.integrations where integration_id = @integrationId";

    /// <summary>When an upstream webhook last delivered a verified event; null: never, or no such integration.</summary>
    public async Task<DateTimeOffset?> LastUpstreamEventAtAsync(string integrationId, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<DateTimeOffset?>(
            Statement.Of(LastEventSql, new { integrationId }), cancellationToken);
    }

    /// <summary>The runs among these ids that the database knows; one that goes on has no result.</summary>
    public async Task<ImmutableDictionary<string, RunProgress>> FindRunsAsync(
        IReadOnlyCollection<string> runIds, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var rows = await StoredRun.QueryAsync(
            connection, "where run_id = any(@runIds)", new { runIds = runIds.ToArray() }, cancellationToken);
        return rows.ToImmutableDictionary(row => row.RunId, row => row.ToProgress());
    }

    /// <summary>The newest runs, newest first.</summary>
    /// <param name="integrationId">Null: of all integrations.</param>
    public async Task<ImmutableArray<RunRow>> LastRunsAsync(string? integrationId, int limit, CancellationToken cancellationToken)
    {
        var where = integrationId is null ? "" : "where integration_id = @integrationId";
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var rows = await StoredRun.QueryAsync(
            connection, $"{where} order by started_at desc, run_id limit @limit", new { integrationId, limit }, cancellationToken);
        return [.. rows.Select(row => row.ToRow())];
    }

    // The tick first, as every writer has it: a transaction of the run that is closed has then committed, or will be refused.
    const string CloseRunSql = $"""
        {FencedTransaction.TimeOutsSql};

        select 1 from kombo.sync_ticks
         where integration_id = (select integration_id from kombo.sync_runs where run_id = @RunId) for update;

        with closed as (
            update kombo.sync_runs r
               set finished_at = clock_timestamp(), result = @Result, reason = @Reason, message = @Message
             where run_id = @RunId and finished_at is null
            returning r as run, run_id, integration_id, type
        ), fenced as (
            update kombo.sync_leases l
               set fencing_token = l.fencing_token + 1, owner = null, expires_at = clock_timestamp()
              from closed c
             where l.integration_id = c.integration_id and l.type = c.type and l.run_id = c.run_id
        ), told as (
            insert into kombo.webhook_outbox (integration_id, kind, run_id, payload)
            select c.integration_id, 'sync-finished', c.run_id, kombo.sync_finished(c.run) from closed c where c.type in ('full', 'delta')
        )
        select 1::bigint from closed;
        """;

    /// <summary>Closes the row of a run whose worker cannot; a worker that still lives can write nothing more. What it has
    /// committed stays for the next run to go on from.</summary>
    /// <returns>False if the run has a result already or is not known.</returns>
    public Task<bool> CloseRunAsync(Decision.CloseRunRow close, CancellationToken cancellationToken) =>
        transactions.RunAsync((connection, token) => CloseRunOnceAsync(connection, close, token), cancellationToken);

    static async Task<bool> CloseRunOnceAsync(
        NpgsqlConnection connection, Decision.CloseRunRow close, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var parameters = new { close.RunId, Result = close.Result.ToString(), close.Reason, close.Message };
        var closed = await connection.QueryAsync<long>(Statement.Of(CloseRunSql, parameters), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return !closed.IsEmpty;
    }
}
