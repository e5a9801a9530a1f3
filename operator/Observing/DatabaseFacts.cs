using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Operator.Database;

namespace Kombo.Operator.Observing;

/// <summary>What only the database knows of an Integration.</summary>
sealed class DatabaseFacts(IRegistry registry, ApiInbox inbox)
{
    public Task<RegistryState> StateAsync(CancellationToken cancellationToken) =>
        registry.StateAsync(cancellationToken);

    /// <summary>Adds it, where it is needed.</summary>
    public async Task<Observation> AskAsync(Observation seen, CancellationToken cancellationToken)
    {
        var status = seen.Integration.Status;
        string[] unknown = [.. Unexplained(seen)];
        var rows = unknown is [] ? seen.RunRows : await registry.FindRunsAsync(unknown, cancellationToken);
        var wantsEvents = seen.Integration.Spec.UpstreamWebhooks?.Enabled == true;
        var lastEvent = wantsEvents && (status.IntegrationId ?? seen.Integration.Spec.IntegrationId) is { } id
            ? await registry.LastUpstreamEventAtAsync(id, cancellationToken)
            : null;
        var wishes = await inbox.FindAsync(
            status.IntegrationId ?? seen.Integration.Spec.IntegrationId, cancellationToken);
        seen = seen with { RunRows = rows };
        return seen with
        {
            MirroredIdentity = Identities.Unbound(seen) is { } unbound
                ? await registry.MirroredIdentityAsync(unbound, cancellationToken)
                : null,
            LastUpstreamEventAt = lastEvent,
            ApiRequests = wishes.Requests,
            IsPausedByApi = wishes.IsPaused,
            Events = wishes.Events,
        };
    }

    // Runs that are over, or whose Job is gone, without a word of their worker.
    static IEnumerable<string> Unexplained(Observation seen)
    {
        var status = seen.Integration.Status;
        foreach (var type in SyncTypeRules.All)
        {
            var active = status.Active?[type]?.RunId;
            var lost = seen.Jobs.All(job => job.RunId != active) ? active : null;
            var silent = seen.Jobs
                .Where(job => job.Type == type && job is { Succeeded: not null, Reported: null })
                .Where(job => status.History?.Any(done => done.RunId == job.RunId) != true)
                .Select(job => job.RunId);
            foreach (var id in silent.Append(lost).OfType<string>())
                if (status.Progress?[type]?.IsEndOf(id) != true)
                    yield return id;
        }
    }
}
