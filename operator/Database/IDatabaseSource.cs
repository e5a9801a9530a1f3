using Kombo.Core.Runs;
using Kombo.Storage;

namespace Kombo.Operator.Database;

/// <summary>Where the operator's database is.</summary>
interface IDatabaseSource
{
    /// <returns>Null while none is configured.</returns>
    /// <exception cref="DatabaseSettingException">What is configured cannot be used.</exception>
    Task<KomboDatabase?> FindAsync(CancellationToken cancellationToken);

    /// <summary>What to do while none is configured.</summary>
    string Remedy { get; }
}

/// <summary>The setting that names the database is wrong. Says which and what to do, and never quotes it.</summary>
sealed class DatabaseSettingException(string message) : Exception(message);

/// <summary>One that the host has opened, and closes.</summary>
sealed class OpenDatabase(KomboDatabase database) : IDatabaseSource
{
    public string Remedy => "";

    public Task<KomboDatabase?> FindAsync(CancellationToken cancellationToken) =>
        Task.FromResult<KomboDatabase?>(database);
}

/// <summary>
/// From the environment: KOMBO_DATABASE_CONNECTION, else the file connectionString in the folder KOMBO_DATABASE, which
/// is read again, so that a Secret may come later or change.
/// </summary>
sealed class ConfiguredDatabase(ILoggerFactory loggers, TimeProvider clock, Func<string, string?> variable)
    : IDatabaseSource, IAsyncDisposable
{
    const string FileName = "connectionString";

    readonly SemaphoreSlim gate = new(1);
    KomboDatabase? database;
    string? opened;

    public string Remedy =>
        $"the operator has no database: set {WorkerEnvironment.DatabaseConnection}, or mount the Secret with the key "
        + $"{FileName} and set {WorkerEnvironment.DatabaseFolder} to its folder";

    public async Task<KomboDatabase?> FindAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            var connection = await ReadAsync(cancellationToken);
            if (connection == opened)
                return database;
            // Statements under way end on the old pool: it closes each connection when it comes back.
            if (database is not null)
                await database.DisposeAsync();
            (database, opened) = (null, null); // also where the next line throws: the old one cannot be used any more
            (database, opened) = (connection is null ? null : Open(connection), connection);
            return database;
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (database is not null)
            await database.DisposeAsync();
        gate.Dispose();
    }

    // Without the exception: it may quote a part of the connection string.
    KomboDatabase Open(string connection)
    {
        try
        {
            return KomboDatabase.Open(connection, loggers, clock);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException
            or NotSupportedException or OverflowException or InvalidCastException)
        {
            throw new DatabaseSettingException(
                $"the operator's connection string is malformed: write {WorkerEnvironment.DatabaseConnection}, or "
                + $"{FileName} in the Secret that {WorkerEnvironment.DatabaseFolder} names, as "
                + "\"Host=…;Username=…;Password=…;Database=…\"");
        }
    }

    async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        if (variable(WorkerEnvironment.DatabaseConnection) is { Length: > 0 } connection)
            return connection;
        if (variable(WorkerEnvironment.DatabaseFolder) is not { Length: > 0 } folder)
            return null;
        try
        {
            var text = (await File.ReadAllTextAsync(Path.Combine(folder, FileName), cancellationToken)).Trim();
            return text.Length > 0 ? text : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            throw new DatabaseSettingException(
                $"the operator may not read the file {FileName} in the folder that {WorkerEnvironment.DatabaseFolder} "
                + "names: let its user read it (a mounted Secret has defaultMode and fsGroup for that)");
        }
    }
}
