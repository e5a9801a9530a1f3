using Kombo.Core.Resources;
using Kombo.Kubernetes;

namespace Kombo.Crds;

/// <summary>One connected HR or recruiting system.</summary>
[KubernetesEntity(
    Group = CustomResources.Group, ApiVersion = "v1alpha1", Kind = "Integration", PluralName = "integrations")]
public sealed record V1Alpha1Integration : CustomKubernetesEntity<IntegrationSpec, IntegrationStatus>;
