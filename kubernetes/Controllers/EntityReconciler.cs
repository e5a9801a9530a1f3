using System.Collections.Concurrent;
using Kombo.Kubernetes.Informers;
using Kombo.Kubernetes.Models;
using Kombo.Kubernetes.Queueing;

namespace Kombo.Kubernetes.Controllers;

/// <summary>Connects an informer, a queue and an <see cref="IEntityController{TEntity}"/>.</summary>
public sealed class EntityReconciler<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    readonly Informer<T> informer;
    readonly WorkQueue<NamespacedName> queue;
    readonly IEntityController<T> controller;
    readonly ConcurrentDictionary<NamespacedName, T> deleted = new();

    /// <summary>Every change of an entity that <paramref name="isRelevant"/> (old, new) accepts adds it to the queue.</summary>
    public EntityReconciler(
        Informer<T> informer, WorkQueue<NamespacedName> queue, IEntityController<T> controller, Func<T, T, bool> isRelevant)
    {
        this.informer = informer;
        this.queue = queue;
        this.controller = controller;
        informer.AddHandler(new InformerHandler<T>(
            Enqueue,
            (before, entity) =>
            {
                if (isRelevant(before, entity))
                    Enqueue(entity);
            },
            entity =>
            {
                deleted[NamespacedName.Of(entity)] = entity;
                Enqueue(entity);
            }));
    }

    /// <summary>For <see cref="Controller{TKey}"/>.</summary>
    public async Task<TimeSpan?> ReconcileAsync(NamespacedName name, CancellationToken cancellationToken)
    {
        if (deleted.TryGetValue(name, out var gone))
        {
            var result = Check(await controller.DeletedAsync(gone, cancellationToken));
            deleted.TryRemove(KeyValuePair.Create(name, gone)); // a later deletion of the same name stays
            if (informer.Store.Get(name) is null)
                return result;
        }
        return informer.Store.Get(name) is { } entity
            ? Check(await controller.ReconcileAsync(entity, cancellationToken))
            : null;
    }

    static TimeSpan? Check(ReconciliationResult<T> result) => result.IsSuccess
        ? result.RequeueAfter
        : throw new ReconcileFailedException(result.ErrorMessage ?? "the reconcile failed", result.Error);

    void Enqueue(T entity) => queue.Add(NamespacedName.Of(entity));
}
