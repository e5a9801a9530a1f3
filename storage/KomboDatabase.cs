using Kombo.Core.Models;
using Kombo.Storage.Events;
using Kombo.Storage.Migrations;
using Kombo.Storage.Mirror;
using Kombo.Storage.Purging;
using Kombo.Storage.Registry;
using Kombo.Storage.Requests;
using Kombo.Storage.Runs;
using Kombo.Storage.Transactions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage;

/// <summary>The database of one process: one pool, and the stores on it.</summary>
public sealed class KomboDatabase : IAsyncDisposable
{
    readonly NpgsqlDataSource source;
    readonly ILoggerFactory loggers;
    readonly TimeProvider clock;
    readonly TransactionRunner transactions;
    readonly SchemaMigrator migrator;
    readonly bool isView;

    KomboDatabase(NpgsqlDataSource source, ILoggerFactory loggers, TimeProvider clock, DatabasePatience? patience)
    {
        (this.source, this.loggers, this.clock, isView) = (source, loggers, clock, patience is not null);
        transactions = new TransactionRunner(
            source, clock, loggers.CreateLogger<TransactionRunner>(), patience ?? DatabasePatience.None);
        var catalog = ModelCatalog.Default;
        migrator = new SchemaMigrator(transactions, catalog, MigrationScripts.Numbered, loggers.CreateLogger<SchemaMigrator>());
        Registry = new IntegrationRegistry(source, transactions);
        Requests = new SyncRequests(source);
        Events = new UpstreamEvents(source);
        PendingEvents = new PendingEvents(transactions, catalog);
        Runs = new RunStore(source, transactions, clock, loggers);
        Rates = new RateBudgets(new TransactionRunner(
            source, clock, loggers.CreateLogger<TransactionRunner>(), DatabasePatience.None));
        Mirror = new MirrorWriter(transactions, loggers.CreateLogger<MirrorWriter>());
        Finisher = new RunFinisher(transactions, loggers.CreateLogger<RunFinisher>());
        Purge = new MirrorPurge(transactions, Finisher, catalog, loggers.CreateLogger<MirrorPurge>());
        Reader = new MirrorReader(source, catalog);
    }

    public IntegrationRegistry Registry { get; }

    public SyncRequests Requests { get; }

    public UpstreamEvents Events { get; }

    public PendingEvents PendingEvents { get; }

    public RunStore Runs { get; }

    public RateBudgets Rates { get; }

    public MirrorWriter Mirror { get; }

    public RunFinisher Finisher { get; }

    public MirrorPurge Purge { get; }

    public MirrorReader Reader { get; }

    /// <summary>Connects when first used; a call that fails is not tried again, see <see cref="With"/>.</summary>
    /// <param name="connectionString">In Npgsql's form.</param>
    public static KomboDatabase Open(string connectionString, ILoggerFactory loggers) =>
        Open(connectionString, loggers, TimeProvider.System);

    /// <param name="clock">For waiting and for <see cref="ClockAsync"/>; times in the database are its own.</param>
    public static KomboDatabase Open(string connectionString, ILoggerFactory loggers, TimeProvider clock) =>
        new(DataSources.Create(connectionString, loggers), loggers, clock, patience: null);

    /// <summary>The same database, on the same connections, for a caller who can wait. It ends with the one it is made from.</summary>
    public KomboDatabase With(DatabasePatience patience) => new(source, loggers, clock, patience);

    /// <summary>Brings the schema up to this program's; safe to repeat and to run in several processes at a time.</summary>
    public Task MigrateAsync(CancellationToken cancellationToken) => migrator.MigrateAsync(cancellationToken);

    public Task<SchemaState> CheckSchemaAsync(CancellationToken cancellationToken) => migrator.CheckAsync(cancellationToken);

    const string ClockSql = "select clock_timestamp()";

    /// <summary>Measures the database's clock.</summary>
    public Task<DatabaseClock> ClockAsync(CancellationToken cancellationToken) =>
        MeasureAsync(() => new NpgsqlCommand(ClockSql), cancellationToken);

    // Greatest passes over the null of an integration without a tick.
    const string RequestClockSql = """
        select greatest(clock_timestamp(), (select t from kombo.sync_ticks where integration_id = $1))
        """;

    /// <summary>Measures the clock by which an integration's data is asked for: the database's, and never behind what its
    /// rows have seen, so that what is asked for next is newer also where the database's clock was set back.</summary>
    public Task<DatabaseClock> RequestClockAsync(string integrationId, CancellationToken cancellationToken) => MeasureAsync(
        () => new NpgsqlCommand(RequestClockSql) { Parameters = { new NpgsqlParameter<string> { TypedValue = integrationId } } },
        cancellationToken);

    Task<DatabaseClock> MeasureAsync(Func<NpgsqlCommand> ask, CancellationToken cancellationToken) => transactions.RunAsync(
        async (connection, token) =>
        {
            await using var command = ask();
            command.Connection = connection;
            await using var reader = await command.ExecuteReaderAsync(token);
            await reader.ReadAsync(token);
            return new DatabaseClock(clock, await reader.GetFieldValueAsync<DateTimeOffset>(0, token), clock.GetTimestamp());
        },
        cancellationToken);

    public ValueTask DisposeAsync() => isView ? ValueTask.CompletedTask : source.DisposeAsync();
}
