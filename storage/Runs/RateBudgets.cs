using System.Collections.Immutable;
using Kombo.Core.Runs;
using Kombo.Storage.Statements;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <summary>How often the runs of an Integration may ask its source: one row for all of them, in whatever processes they are.
/// Short transactions under that row's lock, never under the tick's: a page that is being written holds up no request. Whoever
/// asks or waits has a row beside it that counts for as long as its run's lease lives.</summary>
/// <remarks>Each call is tried once; a database that is away is waited for where pages are written.</remarks>
public sealed class RateBudgets
{
    readonly TransactionRunner transactions;

    internal RateBudgets(TransactionRunner transactions) => this.transactions = transactions;

    const string Columns = """
        clock_timestamp() as now, concurrency as window, asked_at, blocked_until, limited_at, per_second, quota, remaining, resets_at
        """;

    const string LookSql = $"select {Columns} from kombo.rate_budgets where integration_id = @IntegrationId";

    /// <summary>Nothing limits anything, so that requests need not be counted. Locks nothing.</summary>
    public Task<bool> IsFreeAsync(RunHandle run, RateLimits limits, CancellationToken cancellationToken) => transactions.RunAsync(
        async (connection, token) =>
        {
            var row = await connection.QuerySingleOrDefaultAsync<BudgetRow>(Statement.Of(LookSql, new { run.IntegrationId }), token);
            return RateRules.IsFree(row?.At(limits) ?? new(RateState.New(limits), limits, default));
        },
        cancellationToken);

    /// <summary>Asks for leave to send a request; until <see cref="ReportAsync"/> it counts as under way.</summary>
    /// <exception cref="LeaseLostException">Another worker has taken the run over.</exception>
    public Task<RateTurn> AskAsync(RunHandle run, RateLimits limits, CancellationToken cancellationToken) => transactions.RunAsync(
        async (connection, token) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(token);
            var (at, askers) = await LockAsync(connection, run, limits, token);
            var own = askers.FirstOrDefault(asker => asker.Type == run.Type) ?? new(run.Type, IsAsking: false, TimeSpan.Zero);
            var turn = RateRules.Turn(at, own, [.. askers.Where(asker => asker.Type != run.Type)]);
            var state = turn.IsNow ? RateRules.Enter(at) : at.State;
            await connection.ExecuteAsync(
                Statement.Of(turn.IsNow ? SaveAskerSql + SaveSql : SaveAskerSql, Parameters.Of(run, state, turn.IsNow)), token);
            await transaction.CommitAsync(token);
            return turn;
        },
        cancellationToken);

    /// <summary>A request has ended, also one that was not counted.</summary>
    /// <returns>Nothing limits anything any more.</returns>
    /// <exception cref="LeaseLostException">Another worker has taken the run over.</exception>
    public Task<bool> ReportAsync(
        RunHandle run, RateLimits limits, RateSignal signal, CancellationToken cancellationToken) => transactions.RunAsync(
        async (connection, token) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(token);
            var (at, _) = await LockAsync(connection, run, limits, token);
            var state = RateRules.After(at, signal);
            await connection.ExecuteAsync(
                Statement.Of(ForgetAskerSql + SaveSql, Parameters.Of(run, state, isAsking: false)), token);
            await transaction.CommitAsync(token);
            return RateRules.IsFree(at with { State = state });
        },
        cancellationToken);

    // The clock is read by a statement of its own, after the wait for the lock, which the first one takes. Who hangs with the lock, or
    // is gone with it, holds up nobody for long.
    const string LockSql = $"""
        {FencedTransaction.TimeOutsSql};

        insert into kombo.rate_budgets as b (integration_id, concurrency)
        values (@IntegrationId, @Concurrency)
        on conflict (integration_id) do update set concurrency = b.concurrency;

        select {Columns}, exists (select from kombo.sync_leases
                                   where integration_id = @IntegrationId and type = @type and fencing_token = @FencingToken) as is_held
          from kombo.rate_budgets
         where integration_id = @IntegrationId
        """;

    const string AskersSql = """
        select s.type, s.asking, clock_timestamp() - s.since as since
          from kombo.rate_askers s
          join kombo.sync_leases l using (integration_id, type, fencing_token)
         where s.integration_id = @IntegrationId and l.owner is not null and l.expires_at > clock_timestamp()
        """;

    static async Task<(RateMoment At, ImmutableArray<RateAsker> Askers)> LockAsync(
        NpgsqlConnection connection, RunHandle run, RateLimits limits, CancellationToken cancellationToken)
    {
        var parameters = new { run.IntegrationId, limits.Concurrency, type = run.Type.Column(), run.FencingToken };
        var row = await connection.QuerySingleAsync<BudgetRow>(Statement.Of(LockSql, parameters), cancellationToken);
        if (!row.IsHeld)
            throw FencedTransaction.Lost(run);
        var askers = await connection.QueryAsync<AskerRow>(Statement.Of(AskersSql, parameters), cancellationToken);
        return (row.At(limits), [.. askers.Select(one => new RateAsker(SyncTypeColumns.Parse(one.Type), one.Asking, one.Since))]);
    }

    // Who goes on waiting has since since it first asked.
    const string SaveAskerSql = """
        insert into kombo.rate_askers as a (integration_id, type, fencing_token, asking, since)
        values (@IntegrationId, @type, @FencingToken, @isAsking, clock_timestamp())
        on conflict (integration_id, type) do update set
               fencing_token = excluded.fencing_token, asking = excluded.asking,
               since = excluded.since
         where (a.fencing_token, a.asking) is distinct from (excluded.fencing_token, excluded.asking);

        """;

    const string ForgetAskerSql = """
        delete from kombo.rate_askers
         where integration_id = @IntegrationId and type = @type and fencing_token = @FencingToken;

        """;

    const string SaveSql = """
        update kombo.rate_budgets
           set concurrency = @Window, asked_at = @AskedAt, blocked_until = @BlockedUntil, limited_at = @LimitedAt,
               per_second = @PerSecond, quota = @Quota, remaining = @Remaining, resets_at = @ResetsAt
         where integration_id = @IntegrationId
        """;

    sealed record Parameters(
        string IntegrationId, string Type, long FencingToken, bool IsAsking, double Window, DateTimeOffset? AskedAt,
        DateTimeOffset? BlockedUntil, DateTimeOffset? LimitedAt, double? PerSecond, long? Quota, long? Remaining, DateTimeOffset? ResetsAt)
    {
        public static Parameters Of(RunHandle run, RateState state, bool isAsking) => new(
            run.IntegrationId, run.Type.Column(), run.FencingToken, isAsking, state.Window, state.AskedAt, state.BlockedUntil,
            state.LimitedAt, state.PerSecond, state.Quota, state.Remaining, state.ResetsAt);
    }

    sealed record BudgetRow
    {
        public DateTimeOffset Now { get; init; }
        public double Window { get; init; }
        public DateTimeOffset? AskedAt { get; init; }
        public DateTimeOffset? BlockedUntil { get; init; }
        public DateTimeOffset? LimitedAt { get; init; }
        public double? PerSecond { get; init; }
        public long? Quota { get; init; }
        public long? Remaining { get; init; }
        public DateTimeOffset? ResetsAt { get; init; }

        /// <summary>The run has its lease; not asked by everybody.</summary>
        public bool IsHeld { get; init; }

        public RateMoment At(RateLimits limits) => new(
            RateRules.Believable(new RateState(Window)
            {
                AskedAt = AskedAt,
                BlockedUntil = BlockedUntil,
                LimitedAt = LimitedAt,
                PerSecond = PerSecond,
                Quota = Quota,
                Remaining = Remaining,
                ResetsAt = ResetsAt,
            }, Now),
            limits,
            Now);
    }

    sealed record AskerRow
    {
        public string Type { get; init; } = "";
        public bool Asking { get; init; }
        public TimeSpan Since { get; init; }
    }
}
