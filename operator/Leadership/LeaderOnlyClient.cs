using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Leadership;

/// <summary>Everybody reads and watches, so that copies are warm; only the leader writes. A process that slept through the end
/// of its lease is stopped here, before it has noticed.</summary>
sealed class LeaderOnlyClient(IKubernetesClient inner, ILeadership leadership) : IKubernetesClient
{
    /// <summary>Why a write did not happen.</summary>
    public const string NotLeader = "this operator does not lead (any more), so it writes nothing";

    public Task<T?> GetAsync<T>(string name, string? namespaceName, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        inner.GetAsync<T>(name, namespaceName, cancellationToken);

    public Task<KubernetesList<T>> ListAsync<T>(
        string? namespaceName, ListOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        inner.ListAsync<T>(namespaceName, options, cancellationToken);

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? namespaceName, WatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        inner.WatchAsync<T>(namespaceName, options, cancellationToken);

    public Task<T> CreateAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => Leader.CreateAsync(entity, cancellationToken);

    public Task<T> ReplaceAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => Leader.ReplaceAsync(entity, cancellationToken);

    public Task<T> ReplaceStatusAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => Leader.ReplaceStatusAsync(entity, cancellationToken);

    public Task<T> PatchAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        Leader.PatchAsync<T>(name, namespaceName, patch, options, cancellationToken);

    public Task<T> PatchStatusAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        Leader.PatchStatusAsync<T>(name, namespaceName, patch, options, cancellationToken);

    public Task DeleteAsync<T>(
        string name, string? namespaceName, DeleteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        Leader.DeleteAsync<T>(name, namespaceName, options, cancellationToken);

    IKubernetesClient Leader => leadership.IsLeader ? inner : throw new KubernetesException(new V1Status
    {
        Reason = "NotLeader",
        Message = NotLeader,
    });
}
