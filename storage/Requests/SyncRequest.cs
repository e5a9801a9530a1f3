using Kombo.Storage.Events;

namespace Kombo.Storage.Requests;

/// <summary>A request from the API that is not answered yet.</summary>
/// <param name="RunId">Of the run that serves it, whenever that begins.</param>
/// <param name="Type">full, delta or default.</param>
/// <param name="Accepted">Its run is about to begin or goes on, and its type does not change any more.</param>
public sealed record SyncRequest(string IntegrationId, string RunId, string Type, bool Accepted);

/// <summary>All that the API wants at a moment.</summary>
/// <param name="Requests">Unanswered ones, oldest first.</param>
/// <param name="Paused">Ids of integrations whose syncs are switched off.</param>
public sealed record ApiWishes(IReadOnlyList<SyncRequest> Requests, IReadOnlyList<string> Paused)
{
    /// <summary>Of integrations that have events of their source to process; the API stored them.</summary>
    public IReadOnlyList<WaitingEvents> Events { get; init; } = [];
}

/// <summary>The answer to a request.</summary>
/// <param name="Type">full, delta or default: what the run is asked to be.</param>
/// <param name="AlreadyQueued">A run that serves it was there already.</param>
public sealed record AskedRun(string RunId, string Type, bool AlreadyQueued);
