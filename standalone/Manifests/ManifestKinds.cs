using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Manifests;

/// <summary>The kinds that a folder of manifests may hold, in the order in which they are applied: what others refer to
/// comes first.</summary>
internal static class ManifestKinds
{
    static readonly (string Kind, string GroupVersion)[] Known =
    [
        Of<V1Secret>(),
        Of<V1ConfigMap>(),
        Of<V1Alpha1SyncSchedule>(),
        Of<V1Alpha1Integration>(),
    ];

    /// <summary>For messages.</summary>
    public static string Names => string.Join(", ", Known.Select(known => $"{known.Kind} ({known.GroupVersion})"));

    public static bool IsKnown(string groupVersion, string kind) => Known.Contains((kind, groupVersion));

    public static int Order(string kind) => Array.FindIndex(Known, known => known.Kind == kind);

    static (string Kind, string GroupVersion) Of<T>()
    {
        var entity = KubernetesEntityAttribute.Of<T>();
        return (entity.Kind, entity.GroupVersion);
    }
}
