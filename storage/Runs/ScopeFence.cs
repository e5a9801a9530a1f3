using Kombo.Core.Models;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scope;
using Kombo.Storage.Registry;
using Kombo.Storage.Statements;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <summary>Keeps runs of an older scope apart from those of a newer one, by the rule that the operator decides by
/// (<see cref="ScopeFingerprint.Forbids(ScopeFingerprint)"/>). A sync that was told a wider scope must not write back what a purge
/// has removed, wherever it was when the purge began; a purge that was told a narrower one must not remove what a sync brings;
/// a delta or webhook run that was told a narrower one must not write its records without what the full sync of the wider one brings;
/// what an Integration object was told that the id does not belong to any more counts for nothing; and nothing begins once
/// all is removed.</summary>
sealed class ScopeFence(NpgsqlConnection connection, RunRequest request, CancellationToken cancellationToken)
{
    readonly ScopeFingerprint scope = new(FingerprintOf(request));
    readonly string type = request.Type.Column();
    readonly long generation = request.Generation ?? 0;

    /// <summary>Of the run's scope; of one that keeps to none, one that forbids nothing.</summary>
    public static string FingerprintOf(RunRequest request) =>
        request.Purge is { IgnoresScope: true } or { Everything: true } ? ""
        : request.Fingerprint
            ?? CompiledScope.Compile(request.Scope, ModelCatalog.Default).Scope?.Fingerprint(ModelCatalog.Default.Models).Text
            ?? ScopeFingerprint.Unknown.Text;

    bool IsPurge => request.Type == SyncType.Purge;

    bool RemovesEverything => request.Purge?.Everything == true;

    bool IgnoresScope => request.Purge?.IgnoresScope == true;

    /// <summary>Inside the transaction that starts the run, which holds the tick: notes its scope and ends the runs that it
    /// cannot be beside.</summary>
    /// <returns>Null if it may begin; else the result with which it was closed.</returns>
    public async Task<RunProgress?> PassAsync()
    {
        var fence = await connection.QuerySingleAsync<FenceRow>(Statement.Of(FindSql, new { request.IntegrationId, request.Uid }), cancellationToken);
        if (Refusal(fence) is { } reason)
            return await RefuseAsync(reason);
        if (IgnoresScope)
            return null;
        await connection.ExecuteAsync(Statement.Of(
            IsPurge ? NotePurgeSql : NoteSyncSql,
            new { request.IntegrationId, request.Uid, generation, scope = scope.Text, everything = RemovesEverything }), cancellationToken);
        foreach (var group in await FindEndedAsync())
            await EndAsync(group.Key, [.. group]);
        return null;
    }

    const string FindSql = """
        select i.uid as holder, i.deleted_at is not null as is_deleted, coalesce(f.closed, false) as closed,
               f.purge_generation, f.purge_scope, f.sync_generation, f.sync_scope
          from (values (@integrationId)) as one (integration_id)
          left join kombo.integrations i on i.integration_id = one.integration_id
          left join kombo.scope_fences f on f.integration_id = one.integration_id and f.uid = @uid
        """;

    // Whoever removes without looking at a scope is refused only where a living Integration has the id.
    string? Refusal(FenceRow fence)
    {
        var isAnothers = fence.Holder is { } holder && holder != request.Uid;
        if (RemovesEverything || IgnoresScope)
            return isAnothers && !fence.IsDeleted ? Reasons.Deleted : null;
        if (fence.Closed || isAnothers)
            return Reasons.Deleted;
        if (!IsPurge && fence.PurgeGeneration > generation && Of(fence.PurgeScope).Forbids(scope))
            return Reasons.ScopeNarrowed;
        if (request.Type == SyncType.Full)
            return null;
        return fence.SyncGeneration > generation && scope.Forbids(Of(fence.SyncScope)) ? Reasons.ScopeWidened : null;
    }

    const string NoteSyncSql = """
        insert into kombo.scope_fences as f (integration_id, uid, sync_generation, sync_scope)
        values (@integrationId, @uid, @generation, @scope)
        on conflict (integration_id, uid) do update set
               sync_generation = excluded.sync_generation, sync_scope = excluded.sync_scope, updated_at = clock_timestamp()
         where coalesce(f.sync_generation, -1) <= excluded.sync_generation
           and (f.sync_generation, f.sync_scope) is distinct from (excluded.sync_generation, excluded.sync_scope)
        """;

    // All is removed of all Integration objects that had the id.
    const string NotePurgeSql = """
        insert into kombo.scope_fences as f (integration_id, uid, purge_generation, purge_scope, closed)
        values (@integrationId, @uid, @generation, @scope, @everything)
        on conflict (integration_id, uid) do update set
               purge_generation = excluded.purge_generation, purge_scope = excluded.purge_scope, updated_at = clock_timestamp()
         where coalesce(f.purge_generation, -1) <= excluded.purge_generation;
        update kombo.scope_fences set closed = true where integration_id = @integrationId and @everything and not closed
        """;

    const string FindLeasesSql = """
        select run_id, type, uid, generation, scope
          from kombo.sync_leases
         where integration_id = @integrationId
        """;

    // By lease, as nobody writes without one.
    async Task<IEnumerable<IGrouping<string, string>>> FindEndedAsync()
    {
        var leases = await connection.QueryAsync<LeaseScope>(Statement.Of(FindLeasesSql, new { request.IntegrationId }), cancellationToken);
        return leases.Where(lease => lease.RunId != request.RunId)
            .Select(lease => (lease.RunId, Reason: EndOf(lease)))
            .Where(ended => ended.Reason is not null)
            .GroupBy(ended => ended.Reason!, ended => ended.RunId); // not null: filtered above
    }

    /// <returns>Null for a run that may go on.</returns>
    string? EndOf(LeaseScope lease)
    {
        var (isPurge, isFull) = (lease.Type == SyncType.Purge.Column(), lease.Type == SyncType.Full.Column());
        if (RemovesEverything)
            return isPurge ? null : Reasons.Deleted; // it waits for the lease of a purge
        if (lease.Uid != request.Uid)
            return Reasons.Deleted;
        if (lease.Generation >= generation)
            return null;
        if (isPurge == IsPurge)
            return !isPurge && !isFull && Of(lease.Scope).Forbids(scope) ? Reasons.ScopeWidened : null;
        var (purge, sync) = IsPurge ? (scope, Of(lease.Scope)) : (Of(lease.Scope), scope);
        return !purge.Forbids(sync) ? null : IsPurge ? Reasons.ScopeNarrowed : Reasons.ScopeWidened;
    }

    // The lease's next owner is the next run; whoever had it can write nothing more.
    const string EndSql = """
        with closed as (
            update kombo.sync_runs r
               set finished_at = clock_timestamp(), result = 'Cancelled', reason = @reason, message = @message
             where integration_id = @integrationId and run_id = any(@runs) and finished_at is null
            returning run_id, type, r as run
        ), told as (
            insert into kombo.webhook_outbox (integration_id, kind, run_id, payload)
            select @integrationId, 'sync-finished', c.run_id, kombo.sync_finished(c.run) from closed c where c.type in ('full', 'delta')
        )
        update kombo.sync_leases
           set fencing_token = fencing_token + 1, owner = null, expires_at = clock_timestamp()
         where integration_id = @integrationId and run_id = any(@runs)
        """;

    async Task EndAsync(string reason, string[] runs) => await connection.ExecuteAsync(Statement.Of(
        EndSql, new { request.IntegrationId, reason, message = Words(reason), runs }), cancellationToken);

    const string RefuseSql = """
        insert into kombo.sync_runs as r (
               run_id, integration_id, type, trigger, namespace, name, uid, scope, started_at,
               attempted_at, finished_at, result, reason, message)
        values (@runId, @integrationId, @type, @trigger, @namespace, @name, @uid, '', clock_timestamp(),
               clock_timestamp(), clock_timestamp(), 'Cancelled', @reason, @message)
        on conflict (run_id) do update set
               finished_at = excluded.finished_at, result = excluded.result, reason = excluded.reason,
               message = excluded.message
         where r.finished_at is null
        """;

    async Task<RunProgress?> RefuseAsync(string reason)
    {
        await connection.ExecuteAsync(Statement.Of(RefuseSql, new
        {
            request.RunId,
            request.IntegrationId,
            type,
            request.Trigger,
            request.Namespace,
            request.Name,
            request.Uid,
            reason,
            message = Words(reason),
        }), cancellationToken);
        return await StoredRun.FindFinishedAsync(connection, request.RunId, cancellationToken);
    }

    static string Words(string reason) => reason switch
    {
        Reasons.ScopeNarrowed => "the scope has become narrower since this run was asked for; the next one has the new scope",
        Reasons.ScopeWidened => "the scope lets more through since this run was asked for; the next one has the new scope",
        _ => "the Integration was deleted with its data, or another one has its id",
    };

    // What nobody said may be anything.
    static ScopeFingerprint Of(string? text) => text is null ? ScopeFingerprint.Unknown : new(text);

    /// <param name="Holder">Uid in the registry row of the id; null where there is none.</param>
    /// <param name="IsDeleted">The holder is.</param>
    sealed record FenceRow(
        string? Holder, bool IsDeleted, bool Closed, long? PurgeGeneration, string? PurgeScope, long? SyncGeneration, string? SyncScope);

    /// <summary>What a run was told that holds a lease, or held it last.</summary>
    sealed record LeaseScope(string RunId, string Type, string? Uid, long Generation, string? Scope);
}
