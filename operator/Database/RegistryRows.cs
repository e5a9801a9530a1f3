using Kombo.Core.Planning;
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

    /// <returns>Null while its id or connector is not known, or the database is away.</returns>
    public static IntegrationRow? Of(Seen seen, Plan plan)
    {
        var observation = seen.Observation;
        if (!seen.IsDatabaseReady || plan.Status.IntegrationId is not { } id
            || observation.Connector is not { } connector)
            return null;
        var integration = seen.Integration;
        return new()
        {
            IntegrationId = id,
            Namespace = integration.Namespace() ?? "",
            Name = integration.Name(),
            Uid = integration.Uid(),
            Connector = connector.Name,
            Category = seen.Connector?.Category,
            State = StateOf(observation),
            EndUserOrganizationName = integration.Spec?.EndUser?.OrganizationName,
            EndUserOriginId = integration.Spec?.EndUser?.OriginId,
            EndUserCreatorEmail = integration.Spec?.EndUser?.CreatorEmail,
            CreatedAt = integration.Metadata.CreationTimestamp,
        };
    }

    static string StateOf(Observation observation) =>
        observation.Problems.Any(problem => problem.NeedsEdit) ? Invalid
        : observation.Integration.Spec.Suspend == true ? Inactive
        : Active;
}
