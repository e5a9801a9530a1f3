using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Kubernetes;
using Kombo.Operator.Observing;
using Kombo.Storage.Registry;

namespace Kombo.Operator.Database;

/// <summary>What the registry says of an Integration. Pure.</summary>
static class RegistryRows
{
    const string Active = "ACTIVE";
    const string Inactive = "INACTIVE";
    const string Invalid = "INVALID";

    /// <returns>Null while its id or connector is not known, or the database is away, and once it is being deleted: others'
    /// finalizers may keep the object after its row was closed.</returns>
    /// <param name="cluster">Null where it is not known.</param>
    public static IntegrationRow? Of(Seen seen, Plan plan, string? cluster)
    {
        var observation = seen.Observation;
        if (!seen.IsDatabaseReady || observation.Integration.DeletionTimestamp is not null
            || plan.Status.IntegrationId is not { } id || observation.Connector is not { } connector)
            return null;
        var integration = seen.Integration;
        return new()
        {
            IntegrationId = id,
            Cluster = cluster,
            Namespace = integration.Namespace() ?? "",
            Name = integration.Name(),
            Uid = integration.Uid(),
            Connector = connector.Name,
            Identity = plan.Status.Identity,
            Category = seen.Connector?.Category,
            State = StateOf(plan.Status),
            DeletionPolicy = integration.Spec?.DeletionPolicy == "Delete" ? "Delete" : "Retain",
            EndUserOrganizationName = integration.Spec?.EndUser?.OrganizationName,
            EndUserOriginId = integration.Spec?.EndUser?.OriginId,
            EndUserCreatorEmail = integration.Spec?.EndUser?.CreatorEmail,
            CreatedAt = integration.Metadata.CreationTimestamp,
        };
    }

    // Invalid: nothing is synced until somebody mends it. Inactive: somebody wants it so.
    static string StateOf(IntegrationStatus status)
    {
        if (status.Conditions?.Any(condition => condition.Type == ConditionTypes.Stalled) == true)
            return Invalid;
        return status.Conditions?.Any(condition =>
            condition is { Type: ConditionTypes.Ready, Reason: Reasons.Suspended or Reasons.PausedByApi }) == true
            ? Inactive : Active;
    }
}
