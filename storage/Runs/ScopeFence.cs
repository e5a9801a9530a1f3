using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Registry;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <summary>Keeps runs of an older scope apart from those of a newer one. A sync that was told a wider scope must not write
/// back what a purge has removed, wherever it was when the purge began; a purge that was told a narrower one must not remove
/// what a sync brings; and nothing of an Integration begins once all of it is removed.</summary>
static class ScopeFence
{
    /// <summary>Tells scopes apart; the same for every run with the same <c>spec.scope</c>.</summary>
    public static string HashOf(RunRequest request)
    {
        var scope = new RunRequest
        {
            RunId = "",
            Type = SyncType.Full,
            Trigger = "",
            Namespace = "",
            Name = "",
            Uid = "",
            IntegrationId = "",
            Scope = request.Scope,
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(scope, RunJson.Default.RunRequest)));
    }

    /// <summary>Inside the transaction that starts the run, which holds the tick: notes its scope and ends the runs of
    /// older ones that it cannot be beside.</summary>
    /// <returns>Null if it may begin; else the result with which it was closed.</returns>
    public static async Task<RunProgress?> PassAsync(
        NpgsqlConnection connection, RunRequest request, CancellationToken cancellationToken)
    {
        var parameters = new
        {
            request.RunId,
            request.IntegrationId,
            request.Uid,
            request.Trigger,
            request.Namespace,
            request.Name,
            type = request.Type.Column(),
            generation = request.Generation ?? 0,
            scope = HashOf(request),
            everything = request.Purge?.Everything == true,
            ignoresScope = request.Purge?.IgnoresScope == true,
        };
        CommandDefinition Command(string sql, object values) => new(sql, values, cancellationToken: cancellationToken);
        var isPurge = request.Type == SyncType.Purge;
        if (await connection.ExecuteScalarAsync<string?>(Command(isPurge ? PurgeRefusalSql : SyncRefusalSql, parameters)) is { } reason)
        {
            await connection.ExecuteAsync(Command(RefuseSql, new
            {
                parameters.RunId,
                parameters.IntegrationId,
                parameters.Uid,
                parameters.Trigger,
                parameters.Namespace,
                parameters.Name,
                parameters.type,
                parameters.generation,
                parameters.scope,
                reason,
                message = Words(reason),
            }));
            return await StoredRun.FindFinishedAsync(connection, request.RunId, cancellationToken);
        }

        if (request.Purge?.IgnoresScope != true)
            await connection.ExecuteAsync(Command(isPurge ? PurgePassesSql : SyncPassesSql, parameters));
        return null;
    }

    const string SyncRefusalSql = $"""
        select case when f.closed then '{Reasons.Deleted}'
                    when f.purge_generation > @generation and f.purge_scope <> @scope then '{Reasons.ScopeNarrowed}' end
          from kombo.scope_fences f
         where f.integration_id = @integrationId and f.uid = @uid
        """;

    // One that removes everything is refused only where the id is another Integration's by now.
    const string PurgeRefusalSql = $"""
        select case when (@everything or @ignoresScope) and exists (
                        select 1 from kombo.integrations i
                         where i.integration_id = @integrationId and i.uid <> @uid and i.deleted_at is null)
                         then '{Reasons.Deleted}'
                    when not @everything and not @ignoresScope and f.closed then '{Reasons.Deleted}'
                    when not @everything and not @ignoresScope and f.sync_generation > @generation and f.sync_scope <> @scope
                         then '{Reasons.ScopeWidened}' end
          from (values (1)) as one (one)
          left join kombo.scope_fences f on f.integration_id = @integrationId and f.uid = @uid
        """;

    const string SyncPassesSql = $"""
        insert into kombo.scope_fences as f (integration_id, uid, sync_generation, sync_scope)
        values (@integrationId, @uid, @generation, @scope)
        on conflict (integration_id, uid) do update set
               sync_generation = excluded.sync_generation, sync_scope = excluded.sync_scope, updated_at = clock_timestamp()
         where coalesce(f.sync_generation, -1) <= excluded.sync_generation
           and (f.sync_generation, f.sync_scope) is distinct from (excluded.sync_generation, excluded.sync_scope);

        with closed as (
            update kombo.sync_runs r
               set finished_at = clock_timestamp(), result = 'Cancelled', reason = '{Reasons.ScopeWidened}',
                   message = 'run ' || @runId || ' has a newer scope'
             where integration_id = @integrationId and uid = @uid and type = 'purge' and finished_at is null
               and generation < @generation and scope_hash <> @scope
            returning run_id, type
        )
        {FenceOffSql};
        """;

    // The lease's next owner is the next run; whoever had it can write nothing more.
    const string FenceOffSql = """
        update kombo.sync_leases l
           set fencing_token = l.fencing_token + 1, owner = null, expires_at = clock_timestamp()
          from closed c
         where l.integration_id = @integrationId and l.type = c.type and l.run_id = c.run_id
        """;

    const string PurgePassesSql = $"""
        insert into kombo.scope_fences as f (integration_id, uid, purge_generation, purge_scope, closed)
        values (@integrationId, @uid, @generation, @scope, @everything)
        on conflict (integration_id, uid) do update set
               purge_generation = excluded.purge_generation, purge_scope = excluded.purge_scope,
               closed = f.closed or excluded.closed, updated_at = clock_timestamp();

        with closed as (
            update kombo.sync_runs r
               set finished_at = clock_timestamp(), result = 'Cancelled',
                   reason = case when @everything then '{Reasons.Deleted}' else '{Reasons.ScopeNarrowed}' end,
                   message = 'purge run ' || @runId || ' has begun'
             where integration_id = @integrationId and uid = @uid and type <> 'purge' and finished_at is null
               and (@everything or (generation < @generation and scope_hash is distinct from @scope))
            returning run_id, type, r as run
        ), told as (
            insert into kombo.webhook_outbox (integration_id, kind, run_id, payload)
            select @integrationId, 'sync-finished', c.run_id, kombo.sync_finished(c.run) from closed c
        )
        {FenceOffSql};
        """;

    const string RefuseSql = """
        insert into kombo.sync_runs as r (
               run_id, integration_id, type, trigger, namespace, name, uid, scope, generation, scope_hash, started_at,
               attempted_at, finished_at, result, reason, message)
        values (@runId, @integrationId, @type, @trigger, @namespace, @name, @uid, '', @generation, @scope, clock_timestamp(),
               clock_timestamp(), clock_timestamp(), 'Cancelled', @reason, @message)
        on conflict (run_id) do update set
               finished_at = excluded.finished_at, result = excluded.result, reason = excluded.reason,
               message = excluded.message
         where r.finished_at is null
        """;

    static string Words(string reason) => reason switch
    {
        Reasons.ScopeNarrowed => "the scope has become narrower since this run was asked for; the next one has the new scope",
        Reasons.ScopeWidened => "the scope has become another since this purge was asked for; the next one has the new scope",
        _ => "the Integration was deleted with its data, or another one has its id",
    };
}
