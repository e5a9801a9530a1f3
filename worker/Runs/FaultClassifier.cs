using Kombo.Connectors;
using Kombo.Core.Runs;
using Kombo.Storage;
using Kombo.Storage.Runs;
using Npgsql;

namespace Kombo.Worker.Runs;

/// <param name="Message">Safe to show: no secret, no value of a record.</param>
internal sealed record Fault(RunFault Kind, string Message);

/// <summary>A run meets something that it cannot go on from, and knows what it is.</summary>
internal sealed class RunFaultException(RunFault kind, string message) : Exception(message)
{
    public RunFault Kind => kind;
}

/// <summary>What an exception means to a run.</summary>
internal static class FaultClassifier
{
    public static Fault Classify(Exception exception) => exception switch
    {
        RunFaultException known => new(known.Kind, known.Message),
        SourceException source => new(KindOf(source.Kind), source.Message),
        LeaseLostException lost => new(RunFault.LeaseLost, lost.Message),
        SeenSetLostException lost => new(RunFault.DatabaseUnavailable, lost.Message),
        PostgresException refused => Classify(refused),
        NpgsqlException away => new(RunFault.DatabaseUnavailable, $"the database cannot be reached: {away.Message}"),
        _ => new(RunFault.Unexpected, $"unexpected {exception.GetType().Name}; the worker's log has the place"),
    };

    // The server's own words may quote a value, except where it speaks of the connection.
    static Fault Classify(PostgresException refused) => refused.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InvalidCatalogName =>
            new(RunFault.DatabaseRefused, $"{refused.MessageText}: correct connectionString in the Secret kombo-database"),
        PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn
            or PostgresErrorCodes.InvalidSchemaName => new(
                RunFault.DatabaseSchema,
                $"{refused.MessageText}: run kombo-worker migrate of the same version, and give the worker's role its rights"),
        PostgresErrorCodes.TooManyConnections => new(
            RunFault.TooManyConnections,
            "the database has no connection left: raise its max_connections or the limit of the role, put a pooler in "
            + "front of it, or let fewer syncs run at a time (spec.maxActiveSyncs of the SyncSchedule)"),
        _ when refused.IsPassing() => new(RunFault.DatabaseUnavailable, $"the database did not answer (SQLSTATE {refused.SqlState})"),
        _ => new(RunFault.Unexpected, $"the database refused a statement (SQLSTATE {refused.SqlState}); the worker's log has the place"),
    };

    static RunFault KindOf(SourceFailure failure) => failure switch
    {
        SourceFailure.Authentication => RunFault.Authentication,
        SourceFailure.Forbidden => RunFault.Forbidden,
        SourceFailure.NotFound => RunFault.NotFound,
        SourceFailure.RateLimited => RunFault.RateLimited,
        SourceFailure.Unavailable => RunFault.SourceUnavailable,
        SourceFailure.Unreadable => RunFault.SourceUnreadable,
        SourceFailure.Configuration => RunFault.Configuration,
        SourceFailure.BlockedAddress => RunFault.AddressBlocked,
        _ => RunFault.Unexpected,
    };
}
