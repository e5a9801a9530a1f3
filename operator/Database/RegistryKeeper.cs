using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Operator.Observing;

namespace Kombo.Operator.Database;

/// <summary>Keeps the registry row of an Integration.</summary>
sealed class RegistryKeeper(IRegistry registry, ClusterIdentity cluster)
{
    /// <returns>What keeps it from being written; null where nothing does.</returns>
    public async Task<Problem?> SaveAsync(Seen seen, Plan plan, CancellationToken cancellationToken)
    {
        var own = await cluster.FindAsync(cancellationToken);
        if (RegistryRows.Of(seen, plan, own) is not { } row
            || await registry.UpsertAsync(row, cancellationToken) is not { } holder)
            return null;
        return new(
            Reasons.IdentityChanged,
            $"the integration id \"{row.IntegrationId}\" belongs to Integration \"{holder}\", and the records of both "
            + "would be mixed: give this one another spec.integrationId, or delete that one",
            NeedsEdit: false)
        {
            Hinders = Hindered.AllRuns, // nothing under the id is this one's
        };
    }

    /// <summary>The Integration is gone.</summary>
    public Task CloseAsync(string uid, CancellationToken cancellationToken) =>
        registry.CloseAsync(uid, cancellationToken);
}
