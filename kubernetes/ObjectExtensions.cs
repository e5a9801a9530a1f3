using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes;

/// <summary>Short readings of metadata.</summary>
public static class ObjectExtensions
{
    extension(IKubernetesObject<V1ObjectMeta> entity)
    {
        public string Name() => entity.Metadata.Name ?? "";

        /// <returns>Null for cluster-scoped objects.</returns>
        public string? Namespace() => entity.Metadata.NamespaceProperty;

        public string Uid() => entity.Metadata.Uid ?? "";

        public string? ResourceVersion() => entity.Metadata.ResourceVersion;

        public long Generation() => entity.Metadata.Generation ?? 0;

        public DateTimeOffset? DeletionTimestamp() => entity.Metadata.DeletionTimestamp;

        public string? GetAnnotation(string key) => entity.Metadata.Annotations?.GetValueOrDefault(key);

        public string? GetLabel(string key) => entity.Metadata.Labels?.GetValueOrDefault(key);

        public bool HasFinalizer(string finalizer) => entity.Metadata.Finalizers?.Contains(finalizer) == true;

        /// <summary>The one owner that manages this object; null when there is none.</summary>
        public V1OwnerReference? GetController() =>
            entity.Metadata.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true);

        /// <summary>By uid: an owner that was deleted and made again under the same name is another one.</summary>
        public bool IsOwnedBy(IKubernetesObject<V1ObjectMeta> owner) =>
            entity.Metadata.OwnerReferences?.Any(reference => reference.Uid == owner.Metadata.Uid) == true;

        /// <summary>A reference that makes this object the managing owner of another one in its namespace.</summary>
        public V1OwnerReference MakeControllerReference() => new()
        {
            ApiVersion = entity.ApiVersion,
            Kind = entity.Kind,
            Name = entity.Name(),
            Uid = entity.Uid(),
            Controller = true,
            BlockOwnerDeletion = true,
        };
    }
}
