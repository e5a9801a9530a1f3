using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Controllers;

/// <summary>Which changes of an entity a controller must see.</summary>
public static class EntityChange
{
    /// <summary>
    /// True when something changed that a controller may act on: the spec (by its generation), an annotation of ours, the
    /// deletion or the finalizers. Status writes change none of these, so a controller does not wake itself.
    /// </summary>
    public static bool IsRelevant(
        IKubernetesObject<V1ObjectMeta> before, IKubernetesObject<V1ObjectMeta> after, Func<string, bool> isOwnAnnotation) =>
        before.Metadata.Generation != after.Metadata.Generation
        || before.Metadata.DeletionTimestamp != after.Metadata.DeletionTimestamp
        || !(before.Metadata.Finalizers ?? []).SequenceEqual(after.Metadata.Finalizers ?? [])
        || !Own(before, isOwnAnnotation).SequenceEqual(Own(after, isOwnAnnotation));

    static IEnumerable<KeyValuePair<string, string>> Own(IKubernetesObject<V1ObjectMeta> entity, Func<string, bool> isOwn) =>
        (entity.Metadata.Annotations ?? new Dictionary<string, string>())
            .Where(pair => isOwn(pair.Key))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal);
}
