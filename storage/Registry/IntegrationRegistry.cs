using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Npgsql;

namespace Kombo.Storage.Registry;

/// <summary>The rows that the operator keeps and reads: integrations and runs, never records.</summary>
public sealed class IntegrationRegistry
{
    internal IntegrationRegistry(NpgsqlDataSource source) => _ = source;

    /// <summary>The id of this database, made when the schema is; part of every derived integration id.</summary>
    public Task<string> InstallationIdAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Writes nothing when the row is as given.</summary>
    /// <returns>Whether it was written.</returns>
    public Task<bool> UpsertAsync(IntegrationRow row, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>When an upstream webhook last delivered a verified event; null: never, or no such integration.</summary>
    public Task<DateTimeOffset?> LastUpstreamEventAtAsync(string integrationId, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>The runs among these ids that the database knows; one that goes on has no result.</summary>
    public Task<ImmutableDictionary<string, RunProgress>> FindRunsAsync(
        IReadOnlyCollection<string> runIds, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The newest runs, newest first.</summary>
    /// <param name="integrationId">Null: of all integrations.</param>
    public Task<ImmutableArray<RunRow>> LastRunsAsync(string? integrationId, int limit, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Closes the row of a run whose worker cannot; a worker that still lives can write nothing more.</summary>
    /// <returns>False if the run has a result already or is not known.</returns>
    public Task<bool> CloseRunAsync(Decision.CloseRunRow close, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
