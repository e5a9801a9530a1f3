using Kombo.Core.Runs;
using Kombo.Storage.Registry;
using Kombo.Storage.Statements;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <param name="Held">It has an owner and has not expired.</param>
sealed record LeaseRow(
    string RunId, string? Owner, bool Held, DateTimeOffset ExpiresAt, string? SweepId, string? SweepBasis, DateTimeOffset? SweepStartedAt);

/// <param name="Time">Without a renewal it lapses after it.</param>
sealed record NewLease(string Owner, TimeSpan Time);

/// <param name="Attempts">This one included.</param>
/// <param name="StartedAt">Of the first attempt.</param>
sealed record SavedRun(int Attempts, DateTimeOffset StartedAt);

/// <summary>The small statements that start a run, in one transaction.</summary>
sealed class StartRows(NpgsqlConnection connection, RunRequest request, CancellationToken cancellationToken)
{
    readonly string type = request.Type.Column();

    // No row gets this stamp, so that it may grow old: tidying up after another run can take its time.
    const string LockTickSql = $"""
        {FencedTransaction.TimeOutsSql}, set_config('kombo.longest_write', '1 hour', true);
        select kombo.take_tick(@integrationId);
        """;

    public Task<DateTimeOffset> LockTickAsync() =>
        connection.QuerySingleAsync<DateTimeOffset>(Statement.Of(LockTickSql, new { request.IntegrationId }), cancellationToken);

    public Task<RunProgress?> FindFinishedAsync() =>
        StoredRun.FindFinishedAsync(connection, request.RunId, cancellationToken);

    const string FindLeaseSql = """
        select run_id, owner, owner is not null and expires_at > clock_timestamp() as held, expires_at,
               sweep_id, sweep_basis, sweep_started_at
          from kombo.sync_leases
         where integration_id = @integrationId and type = @type
           for update
        """;

    public Task<LeaseRow?> FindLeaseAsync() =>
        connection.QuerySingleOrDefaultAsync<LeaseRow>(Statement.Of(FindLeaseSql, new { request.IntegrationId, type }), cancellationToken);

    const string TakeLeaseSql = """
        insert into kombo.sync_leases as l (
               integration_id, type, fencing_token, run_id, uid, generation, scope, owner, expires_at, sweep_id, sweep_basis,
               sweep_started_at)
        values (@integrationId, @type, 1, @runId, @uid, @generation, @scope, @owner, clock_timestamp() + @leaseTime, @sweepId,
               @basis, @startedAt)
        on conflict (integration_id, type) do update set
               fencing_token = l.fencing_token + 1, run_id = excluded.run_id, uid = excluded.uid,
               generation = excluded.generation, scope = excluded.scope, owner = excluded.owner,
               expires_at = excluded.expires_at, sweep_id = excluded.sweep_id, sweep_basis = excluded.sweep_basis,
               sweep_started_at = excluded.sweep_started_at
        returning fencing_token
        """;

    /// <returns>The fencing token.</returns>
    public Task<long> TakeLeaseAsync(NewLease lease, Sweep sweep) => connection.QuerySingleAsync<long>(Statement.Of(TakeLeaseSql, new
    {
        request.IntegrationId,
        type,
        request.RunId,
        request.Uid,
        generation = request.Generation ?? 0,
        scope = ScopeFence.FingerprintOf(request),
        lease.Owner,
        leaseTime = lease.Time,
        sweepId = sweep.Id,
        sweep.Basis,
        sweep.StartedAt,
    }), cancellationToken);

    const string CloseOthersSql = """
        with closed as (
            update kombo.sync_runs r
               set finished_at = clock_timestamp(), result = 'Lost', reason = 'Lost',
                   message = 'its worker ended without a result; run ' || @runId || ' goes on'
             where integration_id = @integrationId and type = @type and run_id <> @runId and finished_at is null
            returning run_id, r as run
        )
        insert into kombo.webhook_outbox (integration_id, kind, run_id, payload)
        select @integrationId, 'sync-finished', c.run_id, kombo.sync_finished(c.run) from closed c where @type in ('full', 'delta')
        """;

    /// <summary>Nobody else can be running: we hold the lease.</summary>
    public Task CloseOthersAsync() =>
        connection.ExecuteAsync(Statement.Of(CloseOthersSql, new { request.RunId, request.IntegrationId, type }), cancellationToken);

    const string SaveRunSql = """
        insert into kombo.sync_runs as r (
               run_id, integration_id, type, trigger, token, slot, namespace, name, uid, scope, confirmed_run_id, owner,
               started_at, attempted_at)
        values (@RunId, @IntegrationId, @type, @Trigger, @Token, @Slot, @Namespace, @Name, @Uid, @basis, @ConfirmedRunId, @owner,
               clock_timestamp(), clock_timestamp())
        on conflict (run_id) do update set
               attempts = r.attempts + 1, attempted_at = excluded.attempted_at, owner = excluded.owner, scope = excluded.scope
        returning attempts, started_at
        """;

    public Task<SavedRun> SaveRunAsync(string owner, string basis) =>
        connection.QuerySingleAsync<SavedRun>(Statement.Of(SaveRunSql, new
        {
            request.RunId,
            request.IntegrationId,
            type,
            request.Trigger,
            request.Token,
            Slot = request.Slot?.ToUniversalTime(),
            request.Namespace,
            request.Name,
            request.Uid,
            basis,
            request.ConfirmedRunId,
            owner,
        }), cancellationToken);

    const string StreamsSql = """
        select coalesce(c.stream, w.stream) as stream, c.state, c.page_token, c.reason, w.watermark, coalesce(c.pages, 0) as pages,
               coalesce(c.read, 0) as read, coalesce(c.new, 0) as new, coalesce(c.changed, 0) as changed,
               coalesce(c.unchanged, 0) as unchanged, coalesce(c.undeleted, 0) as undeleted, coalesce(c.errors, 0) as errors,
               c.outdated
          from (select * from kombo.sync_checkpoints where integration_id = @integrationId and type = @type) c
          full join (select * from kombo.sync_watermarks where integration_id = @integrationId) w on w.stream = c.stream
        """;

    public async Task<IReadOnlyList<StreamState>> LoadStreamsAsync() =>
    [
        .. await connection.QueryAsync<StoredStream, RunCounts, StreamState>(
            Statement.Of(StreamsSql, new { request.IntegrationId, type }),
            (stream, counts) => stream.ToState(counts),
            cancellationToken),
    ];

    sealed record StoredStream(string Stream, string? State, string? PageToken, string? Reason, string? Watermark, int Pages)
    {
        public StreamState ToState(RunCounts counts) => new(Stream, State switch
        {
            "running" => StreamProgress.Running,
            "complete" => StreamProgress.Complete,
            _ => StreamProgress.Pending,
        })
        {
            PageToken = PageToken,
            Reason = Reason,
            Watermark = Watermark,
            Pages = Pages,
            Counts = counts,
        };
    }
}
