using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Tests.Support;

/// <summary>A client whose process can die at its nth write: before the request is sent, or before the answer arrives.
/// From then on nothing works, as for a dead process. Events are no writes here: nothing depends on them.</summary>
sealed class FaultyClient(IKubernetesClient inner) : IKubernetesClient
{
    int writes;
    int lostAnswers;
    int jobLists;

    /// <summary>0: never.</summary>
    public int DieAtWrite { get; init; }

    public bool DieAfterward { get; init; }

    public bool IsDead { get; private set; }

    public int Writes => writes;

    /// <summary>Lists of Jobs come back empty, as from a cache that is behind.</summary>
    public bool HidesJobs { get; init; }

    /// <summary>Informers never learn of Jobs: lists from the server's cache are empty, and watches tell
    /// nothing.</summary>
    public bool BlindToJobs { get; init; }

    /// <summary>So many creates of Jobs are carried out, and their answers do not arrive.</summary>
    public int LosesAnswers { get; init; }
    public int LostAnswers => lostAnswers;

    /// <summary>Lists of Pods fail.</summary>
    public bool FailsPodLists { get; init; }

    /// <summary>What pods are shown with first, as if their changes before were missed.</summary>
    public V1PodStatus? FirstPodStatus { get; init; }

    /// <summary>Lists of Jobs that were asked for.</summary>
    public int JobLists => jobLists;

    /// <summary>Answers creates of Jobs in place of the cluster; null: the cluster does.</summary>
    public Func<V1Job, KubernetesException?> RefuseJob { get; set; } = _ => null;

    /// <summary>Happens after the operator decided and before its status arrives, once.</summary>
    public Func<Task>? BeforeStatus { get; set; }

    /// <summary>Is told the kind of each status before it arrives.</summary>
    public Func<Type, Task> OnStatus { get; init; } = _ => Task.CompletedTask;

    /// <summary>Happens before each Event is created.</summary>
    public Func<CancellationToken, Task> BeforeEvent { get; init; } = _ => Task.CompletedTask;

    public Task<T?> GetAsync<T>(string name, string? namespaceName, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        DemandLife();
        return inner.GetAsync<T>(name, namespaceName, cancellationToken);
    }

    public async Task<KubernetesList<T>> ListAsync<T>(
        string? namespaceName, ListOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        DemandLife();
        if (typeof(T) == typeof(V1Job))
            Interlocked.Increment(ref jobLists);
        if (FailsPodLists && typeof(T) == typeof(V1Pod))
            throw new KubernetesException(new V1Status { Reason = "ConnectionFailed", Message = "reset" });
        var list = await inner.ListAsync<T>(namespaceName, options, cancellationToken);
        if (BlindToJobs && options.ResourceVersion is not null && typeof(T) == typeof(V1Job))
            return list with { Items = [] };
        return HidesJobs && typeof(T) == typeof(V1Job) ? list with { Items = [] } : list;
    }

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? namespaceName, WatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
            BlindToJobs && typeof(T) == typeof(V1Job)
                ? Silent<T>(cancellationToken)
                : inner.WatchAsync<T>(namespaceName, options, cancellationToken).Select(change =>
                    FirstPodStatus is not null && change is { Type: WatchEventType.Added, Entity: V1Pod pod }
                        ? change with { Entity = (T)(object)(pod with { Status = FirstPodStatus }) } : change);

    public Task<T> CreateAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (entity is V1Job job && RefuseJob(job) is { } refusal)
            throw refusal;
        return WriteAsync<T, T>(async () =>
        {
            if (entity is Eventsv1Event)
                await BeforeEvent(cancellationToken);
            var created = await inner.CreateAsync(entity, cancellationToken);
            if (entity is V1Job && Interlocked.Increment(ref lostAnswers) <= LosesAnswers)
                throw new KubernetesException(
                    new V1Status { Reason = "ConnectionFailed", Message = "the answer did not arrive" });
            return created;
        });
    }

    static async IAsyncEnumerable<WatchEvent<T>> Silent<T>(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        yield break;
    }

    public Task<T> ReplaceAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
            WriteAsync<T, T>(() => inner.ReplaceAsync(entity, cancellationToken));

    public Task<T> ReplaceStatusAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
            WriteAsync<T, T>(() => inner.ReplaceStatusAsync(entity, cancellationToken));

    public Task<T> PatchAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        WriteAsync<T, T>(() => inner.PatchAsync<T>(name, namespaceName, patch, options, cancellationToken));

    public async Task<T> PatchStatusAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        await OnStatus(typeof(T));
        if (BeforeStatus is { } act)
        {
            BeforeStatus = null;
            await act();
        }
        return await WriteAsync<T, T>(() => inner.PatchStatusAsync<T>(
            name, namespaceName, patch, options, cancellationToken));
    }

    public Task DeleteAsync<T>(
        string name, string? namespaceName, DeleteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        WriteAsync<T, bool>(async () =>
        {
            await inner.DeleteAsync<T>(name, namespaceName, options, cancellationToken);
            return true;
        });

    async Task<TResult> WriteAsync<T, TResult>(Func<Task<TResult>> act)
    {
        DemandLife();
        var isLast = typeof(T) != typeof(Eventsv1Event) && Interlocked.Increment(ref writes) == DieAtWrite;
        if (isLast && !DieAfterward)
            Die();
        var result = await act();
        if (isLast)
            Die();
        return result;
    }

    void Die()
    {
        IsDead = true;
        DemandLife();
    }

    void DemandLife()
    {
        if (IsDead)
            throw new KubernetesException(
                new V1Status { Reason = "ConnectionFailed", Message = "the process is dead" });
    }
}
