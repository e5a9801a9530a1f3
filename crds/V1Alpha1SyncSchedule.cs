using Kombo.Core.Resources;
using Kombo.Kubernetes;

namespace Kombo.Crds;

/// <summary>How often the Integrations that refer to it are synced.</summary>
[KubernetesEntity(
    Group = CustomResources.Group, ApiVersion = "v1alpha1", Kind = "SyncSchedule", PluralName = "syncschedules")]
public sealed record V1Alpha1SyncSchedule : CustomKubernetesEntity<SyncScheduleSpec, SyncScheduleStatus>
{
    /// <summary>The one that serves the Integrations of its namespace that name none.</summary>
    public const string DefaultName = "default";
}
