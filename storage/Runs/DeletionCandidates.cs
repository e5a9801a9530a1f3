using Kombo.Core.Models;
using Kombo.Storage.Statements;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <param name="Count">Live rows that neither came nor were sighted nor written since the sweep began; where one miss is no
/// proof, only those that an earlier full sync has missed too.</param>
/// <param name="Live">All live rows; 0 where there are no candidates.</param>
/// <param name="LastSeen">What was noted up to here is considered; what came after is looked at when marking.</param>
sealed record FoundCandidates(
    Model Model, OpenSweep Sweep, long LastSeen, long Count, long Live, bool CameEmpty);

/// <param name="StartedAt">The tick at which it began.</param>
sealed record OpenSweep(string Id, string Basis, DateTimeOffset StartedAt);

/// <summary>Finds and holds candidates for deletion. Takes no lock that a writer waits for.</summary>
sealed class DeletionCandidates(TransactionRunner transactions, RunHandle run)
{
    const int Timeout = 600;

    const string SweepSql = """
        select l.sweep_id, l.sweep_basis, l.sweep_started_at,
               exists (select 1 from kombo.sync_seen s where s.sweep_id = l.sweep_id and s.model = '') as seen_set
          from kombo.sync_leases l
         where l.integration_id = @IntegrationId and l.type = @type and l.fencing_token = @FencingToken
               and l.run_id = @RunId and l.owner is not null and l.sweep_id is not null
        """;

    // The number is read first, in a statement of its own: numbers are given out under the tick's lock, so what is not
    // visible yet has a larger one.
    const string LastSeenSql = """
        select set_config('work_mem', '64MB', true), set_config('enable_nestloop', 'off', true),
               set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true);
        select coalesce(max(seq), 0) from kombo.sync_seen where sweep_id = @Id and model = @model;
        """;

    static string FindSql(Model model) => $"""
        delete from kombo.sync_candidates where sweep_id = @Id and model = @model;

        insert into kombo.sync_candidates (sweep_id, model, id)
        select @Id, @model, t.id
          from kombo.{model.Name} t
         where t.integration_id = @IntegrationId
           and t.remote_deleted_at is null
           and t.changed_at < @StartedAt
           and not exists (select 1
                             from (select unnest(s.ids) as id from kombo.sync_seen s
                                    where s.sweep_id = @Id and s.model = @model) seen
                            where seen.id = t.id);

        select c.count as candidates,
               case when c.count = 0 then 0 else (
                   select count(*) from kombo.{model.Name} where integration_id = @IntegrationId and remote_deleted_at is null) end as live,
               not exists (select 1 from kombo.sync_seen
                            where sweep_id = @Id and model = @model and not sighting and cardinality(ids) > 0) as came_empty
          from (select count(*) from kombo.sync_candidates where sweep_id = @Id and model = @model) c;
        """;

    /// <exception cref="LeaseLostException">Another worker has taken over.</exception>
    /// <exception cref="SeenSetLostException">The seen set is gone.</exception>
    public Task<FoundCandidates> FindAsync(Model model, CancellationToken cancellationToken) =>
        transactions.RunFencedAsync(run, (connection, token) => FindOnceAsync(connection, model, token), cancellationToken);

    async Task<FoundCandidates> FindOnceAsync(NpgsqlConnection connection, Model model, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var sweep = await FindSweepAsync(connection, cancellationToken);
        var parameters = new { sweep.Id, sweep.StartedAt, run.IntegrationId, model = model.Name };
        var last = await connection.QuerySingleAsync<long>(Statement.Of(LastSeenSql, parameters), cancellationToken);
        var counted = await connection.QuerySingleAsync<Counted>(
            Statement.Of(FindSql(model), parameters, Timeout), cancellationToken);
        await FencedTransaction.CheckLeaseAsync(connection, run, cancellationToken); // a successor may go on with the same sweep
        await transaction.CommitAsync(cancellationToken);
        return new(model, sweep, last, counted.Candidates, counted.Live, counted.CameEmpty);
    }

    async Task<OpenSweep> FindSweepAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var row = await connection.QuerySingleOrDefaultAsync<SweepRow>(
            Statement.Of(SweepSql, new { run.IntegrationId, type = run.Type.Column(), run.FencingToken, run.RunId }), cancellationToken);
        return row switch
        {
            null => throw FencedTransaction.Lost(run),
            { SeenSet: false } => throw FencedTransaction.SeenSetLost(run),
            _ => new(row.SweepId, row.SweepBasis, row.SweepStartedAt),
        };
    }

    sealed record Counted(long Candidates, long Live, bool CameEmpty);

    sealed record SweepRow(string SweepId, string SweepBasis, DateTimeOffset SweepStartedAt, bool SeenSet);

    // The held ones among the candidates go on, the others are left to the next full sync.
    const string ReleaseSql = """
        with released as (
            select 1 from kombo.held_deletions
             where integration_id = @IntegrationId and model = @model and run_id = @ConfirmedRunId
        )
        delete from kombo.sync_candidates c
         where c.sweep_id = @SweepId and c.model = @model and exists (select 1 from released)
           and not exists (select 1 from kombo.held_deletion_ids h
                            where h.integration_id = @IntegrationId and h.model = @model and h.id = c.id);

        select exists (select 1 from kombo.held_deletions
                        where integration_id = @IntegrationId and model = @model and run_id = @ConfirmedRunId);
        """;

    // Another attempt, or a run that goes on with the same pass over the source, has not looked a second time.
    const string SameAsHeldSql = """
        select exists (select 1 from kombo.held_deletions
                        where integration_id = @IntegrationId and model = @model and sweep_id <> @SweepId)
               and (select count(*) from kombo.held_deletion_ids where integration_id = @IntegrationId and model = @model) = @Count
               and not exists (select 1 from kombo.sync_candidates c
                                where c.sweep_id = @SweepId and c.model = @model
                                  and not exists (select 1 from kombo.held_deletion_ids h
                                                   where h.integration_id = @IntegrationId and h.model = @model and h.id = c.id))
        """;

    const string ForgetSql = "delete from kombo.held_deletions where integration_id = @IntegrationId and model = @model;";

    const string HoldSql = ForgetSql + """

        insert into kombo.held_deletions (integration_id, model, run_id, sweep_id, candidates, live, came_empty, sample)
        select @IntegrationId, @model, @RunId, @SweepId, @Count, @Live, @CameEmpty,
               array(select id from kombo.sync_candidates where sweep_id = @SweepId and model = @model order by id limit 10);

        insert into kombo.held_deletion_ids (integration_id, model, id)
        select @IntegrationId, @model, id from kombo.sync_candidates where sweep_id = @SweepId and model = @model;
        """;

    /// <summary>Once all that may be marked is marked: a release that is cut short still holds for the next attempt.</summary>
    /// <exception cref="LeaseLostException">Another worker has taken over; nothing was forgotten.</exception>
    public Task ForgetAsync(Model model, CancellationToken cancellationToken) =>
        transactions.RunFencedAsync(run, (connection, token) => ForgetOnceAsync(connection, model, token), cancellationToken);

    async Task<int> ForgetOnceAsync(NpgsqlConnection connection, Model model, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var forgotten = await connection.ExecuteAsync(
            Statement.Of(ForgetSql, new { run.IntegrationId, model = model.Name }), cancellationToken);
        await FencedTransaction.CheckLeaseAsync(connection, run, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return forgotten;
    }

    /// <summary>Asks the guard, or what was confirmed; what is held is kept for its release.</summary>
    /// <exception cref="LeaseLostException">Another worker has taken over; nothing was held or released.</exception>
    /// <exception cref="SeenSetLostException">The seen set is gone.</exception>
    public Task<Judgement> JudgeAsync(FoundCandidates found, CancellationToken cancellationToken) =>
        transactions.RunFencedAsync(run, (connection, token) => JudgeOnceAsync(connection, found, token), cancellationToken);

    async Task<Judgement> JudgeOnceAsync(NpgsqlConnection connection, FoundCandidates found, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var parameters = new
        {
            run.IntegrationId,
            model = found.Model.Name,
            run.RunId,
            run.Request.ConfirmedRunId,
            SweepId = found.Sweep.Id,
            found.Count,
            found.Live,
            found.CameEmpty,
        };
        var judgement = await JudgeAsync(found, sql => connection.QuerySingleAsync<bool>(Command(sql), cancellationToken));
        if (judgement == Judgement.Hold)
            await connection.ExecuteAsync(Command(HoldSql), cancellationToken);
        await FencedTransaction.CheckLeaseAsync(connection, run, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return judgement;

        Statement Command(string sql) => Statement.Of(sql, parameters, Timeout);
    }

    async Task<Judgement> JudgeAsync(FoundCandidates found, Func<string, Task<bool>> askAsync)
    {
        var guard = run.Request.DeletionGuard;
        var holds = DeletionGuard.Holds(guard, found.Count, found.Live, found.CameEmpty);
        if (run.Request.ConfirmedRunId is not null)
            return await askAsync(ReleaseSql) ? Judgement.Mark : holds ? Judgement.Hold : Judgement.Leave;
        return !holds || (guard?.ConfirmBySecondRun == true && await askAsync(SameAsHeldSql))
            ? Judgement.Mark : Judgement.Hold;
    }
}

/// <summary>What becomes of the candidates of a model.</summary>
enum Judgement
{
    /// <summary>They are marked deleted.</summary>
    Mark,

    /// <summary>They are kept until somebody, or a second run, confirms them.</summary>
    Hold,

    /// <summary>Nothing of the model was confirmed, and this run marks nothing else: the next full sync judges them.</summary>
    Leave,
}
