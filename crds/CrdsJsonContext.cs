using System.Text.Json.Serialization;

namespace Kombo.Crds;

// Naming, nulls and times are set by KubernetesJson.
[JsonSerializable(typeof(V1Alpha1Integration))]
[JsonSerializable(typeof(V1Alpha1SyncSchedule))]
internal sealed partial class CrdsJsonContext : JsonSerializerContext;
