using Kombo.Core.Runs;
using Kombo.Storage;
using Kombo.Storage.Migrations;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Standalone.Hosting;

/// <summary>Opens the database and brings its schema up to date.</summary>
internal static class DatabaseStart
{
    /// <exception cref="StandaloneException">It cannot be reached or used; says what to do.</exception>
    public static async Task<KomboDatabase> OpenAsync(
        string connectionString, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        KomboDatabase? database = null;
        try
        {
            database = KomboDatabase.Open(connectionString, loggers);
            await database.MigrateAsync(cancellationToken);
            var state = await database.CheckSchemaAsync(cancellationToken);
            return state.Usable ? database : throw new StandaloneException(state.Message);
        }
        catch (Exception exception)
        {
            if (database is not null)
                await database.DisposeAsync();
            throw exception switch
            {
                MigrationBlockedException blocked => new StandaloneException(blocked.Message, blocked),
                PostgresException refusal => new StandaloneException(
                    $"the database refuses: {refusal.MessageText}; check user, password and rights in the "
                    + "connection string",
                    refusal),
                NpgsqlException or TimeoutException => new StandaloneException(
                    $"the database cannot be reached ({exception.Message}); start it, or use make run, which starts "
                    + "one of its own",
                    exception),
                ArgumentException or FormatException => new StandaloneException(
                    $"the connection string (--database or {WorkerEnvironment.DatabaseConnection}) cannot be read: "
                    + exception.Message,
                    exception),
                _ => exception,
            };
        }
    }
}
