using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes;

/// <summary>Brings the world in line with one entity.</summary>
public interface IEntityController<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Called with the newest copy that the store has. May be called at any time and again.</summary>
    Task<ReconciliationResult<TEntity>> ReconcileAsync(TEntity entity, CancellationToken cancellationToken);

    /// <summary>Called when the entity is gone, with the last copy seen, which may be stale.</summary>
    Task<ReconciliationResult<TEntity>> DeletedAsync(TEntity entity, CancellationToken cancellationToken);
}

/// <summary>How a reconcile ended, and when to look again.</summary>
/// <param name="RequeueAfter">Success: look again after this time; null: at the next change. Ignored for a failure, which backs off.</param>
public sealed record ReconciliationResult<TEntity>(
    TEntity Entity, bool IsSuccess, string? ErrorMessage, Exception? Error, TimeSpan? RequeueAfter)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    // The shape of KubeOps, so that a later change to it is a change of namespaces.
#pragma warning disable CA1000
    public static ReconciliationResult<TEntity> Success(TEntity entity, TimeSpan? requeueAfter = null) =>
        new(entity, IsSuccess: true, ErrorMessage: null, Error: null, requeueAfter);

    public static ReconciliationResult<TEntity> Failure(
        TEntity entity, string errorMessage, Exception? error = null, TimeSpan? requeueAfter = null) =>
        new(entity, IsSuccess: false, errorMessage, error, requeueAfter);
#pragma warning restore CA1000
}
