using System.Text.Json.Serialization;
using Kombo.Kubernetes;

namespace Kombo.Worker.Progress;

/// <summary>An Integration as far as its reporter reads it, which is not at all: the answer to a report is as large as the
/// object, and none of it is needed.</summary>
[KubernetesEntity(Group = "kombo.dev", ApiVersion = "v1alpha1", Kind = "Integration", PluralName = "integrations")]
internal sealed record ReportedIntegration : KubernetesObject;

[JsonSerializable(typeof(ReportedIntegration))]
internal sealed partial class ReportJson : JsonSerializerContext;
