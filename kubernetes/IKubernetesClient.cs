using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes;

/// <summary>
/// What we ask of a cluster. The same contract holds for a real API server and for the in-memory one.
/// Failures are <see cref="KubernetesException"/>; only a missing object in <see cref="GetAsync"/> is a value.
/// </summary>
/// <remarks>A namespace of null means: a cluster-scoped kind, or (list and watch) every namespace.</remarks>
public interface IKubernetesClient
{
    /// <returns>Null if there is no such object.</returns>
    Task<T?> GetAsync<T>(string name, string? namespaceName, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>One page; the whole list when <see cref="ListOptions.Limit"/> is absent.</summary>
    Task<KubernetesList<T>> ListAsync<T>(string? namespaceName, ListOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>
    /// Changes after a version. Ends without an exception when the server closes the watch, which is normal.
    /// A version that is too old shows as an exception or as an <see cref="WatchEventType.Error"/> event: handle both.
    /// </summary>
    IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? namespaceName, WatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>Creates an object in the namespace that its metadata name; a status is ignored where it is a subresource.</summary>
    Task<T> CreateAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>Replaces a whole object: fields that its type does not know are lost, so never for custom resources.</summary>
    Task<T> ReplaceAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>Replaces the whole status; see <see cref="ReplaceAsync"/>.</summary>
    Task<T> ReplaceStatusAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    Task<T> PatchAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    Task<T> PatchStatusAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;

    /// <summary>Asks for the deletion; finalizers and dependents may make the object live on for a while.</summary>
    Task DeleteAsync<T>(string name, string? namespaceName, DeleteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>;
}
