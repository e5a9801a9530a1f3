using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage;

/// <summary>For how long a call is tried again while the database is away or others hold its locks.</summary>
/// <param name="Limit">Zero: a call is tried once.</param>
/// <param name="OnWait">Told of the cause before each wait.</param>
public sealed record DatabasePatience(TimeSpan Limit, Action<NpgsqlException>? OnWait = null)
{
    public static DatabasePatience None { get; } = new(TimeSpan.Zero);
}

/// <summary>Which failures of the database pass by themselves.</summary>
public static class PassingFailures
{
    public static bool IsPassing(this NpgsqlException failure) => failure.IsTransient || failure.SqlState is SqlStates.TooOld
        or SqlStates.IdleInTransaction or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.AdminShutdown
        or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
        // A primary that was just demoted, and a pooler's idle connection that the server has closed.
        or PostgresErrorCodes.ReadOnlySqlTransaction or SqlStates.IdleSession;
}
