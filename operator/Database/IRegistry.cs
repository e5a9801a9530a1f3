using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Storage.Registry;
using Kombo.Storage.Requests;

namespace Kombo.Operator.Database;

/// <summary>The operator's part of the database: rows of integrations and runs, never records.</summary>
public interface IRegistry
{
    /// <summary>Whether it can be used; a database that is away is an answer, not an exception.</summary>
    Task<RegistryState> StateAsync(CancellationToken cancellationToken);

    /// <returns>The living Integration that has the id already; null: the row is as given.</returns>
    Task<string?> UpsertAsync(IntegrationRow row, CancellationToken cancellationToken);

    /// <summary>The rows of a cluster whose Integration exists, as far as the registry knows.</summary>
    Task<ImmutableArray<IntegrationRow>> ListOpenAsync(string cluster, CancellationToken cancellationToken);

    /// <summary>Notes that the Integration of that uid is gone; safe to repeat.</summary>
    /// <returns>False where it was noted before, where there never was a row, or where another one has it.</returns>
    Task<bool> CloseAsync(string uid, CancellationToken cancellationToken);

    /// <summary>The source whose records the mirror holds under that id, whichever Integration brought them; null: it
    /// holds none, or it is not known whose.</summary>
    Task<string?> MirroredIdentityAsync(string integrationId, CancellationToken cancellationToken);

    /// <summary>When an upstream webhook last delivered a verified event; null: never.</summary>
    Task<DateTimeOffset?> LastUpstreamEventAtAsync(string integrationId, CancellationToken cancellationToken);

    /// <summary>The runs among these ids that the database knows.</summary>
    Task<ImmutableDictionary<string, RunProgress>> FindRunsAsync(
        IReadOnlyCollection<string> runIds, CancellationToken cancellationToken);

    /// <summary>What the API wants, of all integrations, and which of them have events to process.</summary>
    Task<ApiWishes> WishesAsync(CancellationToken cancellationToken);

    /// <returns>False where the request is another one by now.</returns>
    Task<bool> AcceptAsync(Decision.AcceptRequest accept, CancellationToken cancellationToken);

    /// <summary>Safe to repeat.</summary>
    Task AnswerAsync(Decision.AnswerRequest answer, CancellationToken cancellationToken);

    /// <summary>Closes the row of a run whose worker cannot; safe to repeat.</summary>
    Task CloseRunAsync(Decision.CloseRunRow close, CancellationToken cancellationToken);
}

/// <param name="InstallationId">Null while it has never been read.</param>
/// <param name="Problem">Null when all is well.</param>
public sealed record RegistryState(string? InstallationId, Problem? Problem);
