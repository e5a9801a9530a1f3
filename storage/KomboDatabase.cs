using Kombo.Core.Models;
using Kombo.Storage.Migrations;
using Kombo.Storage.Mirror;
using Kombo.Storage.Registry;
using Kombo.Storage.Runs;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage;

/// <summary>The database of one process: one pool, and the stores on it.</summary>
public sealed class KomboDatabase : IAsyncDisposable
{
    readonly NpgsqlDataSource source;
    readonly TimeProvider clock;
    readonly SchemaMigrator migrator;

    KomboDatabase(NpgsqlDataSource source, ILoggerFactory loggers, TimeProvider clock)
    {
        (this.source, this.clock) = (source, clock);
        var catalog = ModelCatalog.Default;
        migrator = new SchemaMigrator(source, catalog, loggers.CreateLogger<SchemaMigrator>());
        Registry = new IntegrationRegistry(source);
        Runs = new RunStore(source, clock, loggers);
        Mirror = new MirrorWriter(source, clock, loggers.CreateLogger<MirrorWriter>());
        Finisher = new RunFinisher(source, clock, loggers);
        Reader = new MirrorReader(source, catalog);
    }

    public IntegrationRegistry Registry { get; }

    public RunStore Runs { get; }

    public MirrorWriter Mirror { get; }

    public RunFinisher Finisher { get; }

    public MirrorReader Reader { get; }

    /// <summary>Connects when first used.</summary>
    /// <param name="connectionString">In Npgsql's form.</param>
    public static KomboDatabase Open(string connectionString, ILoggerFactory loggers) =>
        Open(connectionString, loggers, TimeProvider.System);

    /// <param name="clock">For waiting and for <see cref="ClockAsync"/>; times in the database are its own.</param>
    public static KomboDatabase Open(string connectionString, ILoggerFactory loggers, TimeProvider clock) =>
        new(DataSources.Create(connectionString, loggers), loggers, clock);

    /// <summary>Brings the schema up to this program's; safe to repeat and to run in several processes at a time.</summary>
    public Task MigrateAsync(CancellationToken cancellationToken) => migrator.MigrateAsync(cancellationToken);

    public Task<SchemaState> CheckSchemaAsync(CancellationToken cancellationToken) => migrator.CheckAsync(cancellationToken);

    const string ClockSql = "select clock_timestamp()";

    /// <summary>Measures the database's clock.</summary>
    public async Task<DatabaseClock> ClockAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(ClockSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new DatabaseClock(clock, await reader.GetFieldValueAsync<DateTimeOffset>(0, cancellationToken), clock.GetTimestamp());
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
