using Kombo.Core.Runs;
using Kombo.Storage.Statements;
using Kombo.Storage.Transactions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <summary>Runs and their leases: one worker at a time for each integration and sync type.</summary>
public sealed partial class RunStore
{
    /// <summary>A lease is taken over by others when it is not renewed for so long.</summary>
    public static TimeSpan DefaultLeaseTime { get; } = TimeSpan.FromSeconds(30);

    readonly NpgsqlDataSource source;
    readonly TransactionRunner transactions;
    readonly LeaseRenewal renewal;
    readonly ILogger logger;

    internal RunStore(NpgsqlDataSource source, TransactionRunner transactions, TimeProvider clock, ILoggerFactory loggers)
    {
        (this.source, this.transactions) = (source, transactions);
        logger = loggers.CreateLogger<RunStore>();
        renewal = new LeaseRenewal(source, clock, loggers.CreateLogger<LeaseRenewal>());
    }

    /// <summary>Takes the lease and adopts what an earlier attempt, or the unfinished run before, has committed.</summary>
    /// <param name="owner">Names this worker to others, e.g. its pod.</param>
    public Task<RunStart> StartAsync(RunRequest request, string owner, CancellationToken cancellationToken) =>
        StartAsync(request, owner, DefaultLeaseTime, cancellationToken);

    /// <inheritdoc cref="StartAsync(RunRequest, string, CancellationToken)"/>
    /// <param name="leaseTime">Others may take over when this worker gives no sign of life for so long.</param>
    public async Task<RunStart> StartAsync(
        RunRequest request, string owner, TimeSpan leaseTime, CancellationToken cancellationToken)
    {
        var lease = new NewLease(owner, leaseTime);
        var start = await transactions.RunAsync(
            (connection, token) => StartOnceAsync(connection, request, lease, token), cancellationToken);
        if (start is RunStart.Started { Handle: var run })
        {
            LogStarted(run.Type, run.RunId, run.IntegrationId, run.Attempt, run.Resumed);
            run.Renew(renewal.KeepAsync);
        }

        return start;
    }

    // Under the tick's lock: a write of the owner before has either committed, and is adopted, or will be refused.
    static async Task<RunStart> StartOnceAsync(
        NpgsqlConnection connection, RunRequest request, NewLease wanted, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var rows = new StartRows(connection, request, cancellationToken);
        var stamp = await rows.LockTickAsync();
        if (await rows.FindFinishedAsync() is { } finished)
            return new RunStart.AlreadyFinished(finished);
        if (await new ScopeFence(connection, request, cancellationToken).PassAsync() is { } refused)
        {
            await transaction.CommitAsync(cancellationToken);
            return new RunStart.AlreadyFinished(refused);
        }

        // A lease of our own: we never heard that the commit before had succeeded.
        var lease = await rows.FindLeaseAsync();
        if (lease is { Held: true, Owner: { } holder } && (holder, lease.RunId) != (wanted.Owner, request.RunId))
            return new RunStart.LeaseHeld(holder, lease.ExpiresAt);
        var sweep = await Sweep.AdoptOrOpenAsync(connection, request, lease, stamp, cancellationToken);
        var token = await rows.TakeLeaseAsync(wanted, sweep);
        await rows.CloseOthersAsync();
        var saved = await rows.SaveRunAsync(wanted.Owner, sweep.Basis);
        var streams = await rows.LoadStreamsAsync();
        await transaction.CommitAsync(cancellationToken);
        return new RunStart.Started(new RunHandle(request, streams)
        {
            FencingToken = token,
            LeaseTime = wanted.Time,
            Attempt = saved.Attempts,
            StartedAt = saved.StartedAt,
            Resumed = sweep.Adopted,
        });
    }

    const string FindLeaseSql = """
        select run_id, owner, expires_at as until
          from kombo.sync_leases
         where integration_id = @integrationId and type = @type and owner is not null and expires_at > clock_timestamp()
        """;

    /// <summary>Who holds the lease now; null when nobody does. A full sync asks it before each page for delta. Tried once.</summary>
    public async Task<HeldLease?> FindLeaseAsync(string integrationId, SyncType type, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<HeldLease>(Statement.Of(FindLeaseSql, new { integrationId, type = type.Column() }), cancellationToken);
    }

    [LoggerMessage(4301, LogLevel.Information,
        "Started {Type} run {Run} of integration {Integration}, attempt {Attempt}, goes on from a checkpoint: {Resumed}")]
    partial void LogStarted(SyncType type, string run, string integration, int attempt, bool resumed);
}
