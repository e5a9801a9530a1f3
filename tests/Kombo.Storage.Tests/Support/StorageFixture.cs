using Dapper;
using Kombo.Storage.Transactions;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Kombo.Storage.Tests.Support;

/// <summary>A migrated database for the tests of a class; each test has an integration of its own in it.</summary>
public sealed class StorageFixture : IAsyncLifetime
{
    readonly PostgresFixture postgres = new();
    KomboDatabase opened = null!; // set before any test runs
    int integrations;

    /// <summary>Of a user who may do everything.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Waits as a worker does.</summary>
    public KomboDatabase Database { get; private set; } = null!; // set before any test runs

    /// <summary>Somebody with psql.</summary>
    public NpgsqlDataSource Hand { get; private set; } = null!; // set before any test runs

    public async Task InitializeAsync()
    {
        ConnectionString = await postgres.CreateDatabaseAsync();
        Hand = NpgsqlDataSource.Create(ConnectionString);
        opened = KomboDatabase.Open(ConnectionString, NullLoggerFactory.Instance);
        Database = opened.With(new DatabasePatience(TimeSpan.FromMinutes(5)));
        await Database.MigrateAsync(CancellationToken.None);
    }

    /// <summary>Another empty database on the same server.</summary>
    public Task<string> CreateDatabaseAsync() => postgres.CreateDatabaseAsync();

    public Scenario NewScenario() => new(this, $"sandbox:test{Interlocked.Increment(ref integrations)}");

    /// <summary>For a part of the storage that a test runs by itself.</summary>
    internal TransactionRunner Transactions() => new(Hand, TimeProvider.System, NullLogger.Instance, DatabasePatience.None);

    public async Task<T> QueryAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await Hand.OpenConnectionAsync();
        return await connection.QuerySingleAsync<T>(sql, parameters);
    }

    public async Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await Hand.OpenConnectionAsync();
        return [.. await connection.QueryAsync<T>(sql, parameters)];
    }

    public async Task<int> ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = await Hand.OpenConnectionAsync();
        return await connection.ExecuteAsync(sql, parameters);
    }

    public async Task DisposeAsync()
    {
        await opened.DisposeAsync();
        await Hand.DisposeAsync();
        await postgres.DisposeAsync();
    }
}
