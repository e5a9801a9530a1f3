using System.Runtime.CompilerServices;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Tests.Faults;

/// <summary>The API server as a process sees it that dies at one of its calls.</summary>
sealed class MortalClient(IKubernetesClient inner, Death death) : IKubernetesClient
{
    public Task<T?> GetAsync<T>(string name, string? namespaceName, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        ReadAsync(() => inner.GetAsync<T>(name, namespaceName, cancellationToken));

    public Task<KubernetesList<T>> ListAsync<T>(
        string? namespaceName, ListOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        ReadAsync(() => inner.ListAsync<T>(namespaceName, options, cancellationToken));

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? namespaceName, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        await ReadAsync(() => Task.FromResult(true));
        await foreach (var change in inner.WatchAsync<T>(namespaceName, options, cancellationToken))
        {
            if (death.HasCome)
                yield break; // nobody is there to hear it
            yield return change;
        }
    }

    public Task<T> CreateAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        WriteAsync($"create {typeof(T).Name} {entity.Name()}", () => inner.CreateAsync(entity, cancellationToken));

    public Task<T> ReplaceAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        WriteAsync($"replace {typeof(T).Name}", () => inner.ReplaceAsync(entity, cancellationToken));

    public Task<T> ReplaceStatusAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        WriteAsync($"replace status of {typeof(T).Name}", () => inner.ReplaceStatusAsync(entity, cancellationToken));

    public Task<T> PatchAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => WriteAsync(
            $"patch {typeof(T).Name} {name}",
            () => inner.PatchAsync<T>(name, namespaceName, patch, options, cancellationToken));

    public Task<T> PatchStatusAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => WriteAsync(
            $"patch status of {typeof(T).Name} {name}",
            () => inner.PatchStatusAsync<T>(name, namespaceName, patch, options, cancellationToken));

    public Task DeleteAsync<T>(
        string name, string? namespaceName, DeleteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => WriteAsync(
            $"delete {typeof(T).Name} {name}",
            async () =>
            {
                await inner.DeleteAsync<T>(name, namespaceName, options, cancellationToken);
                return true;
            });

    Task<T> ReadAsync<T>(Func<Task<T>> act) => GuardAsync(() => death.ReadAsync(act));

    Task<T> WriteAsync<T>(string what, Func<Task<T>> act) => GuardAsync(() => death.WriteAsync(what, act));

    // As the client of a real server says that there was no answer.
    static async Task<T> GuardAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (DeadException exception)
        {
            throw new KubernetesException(
                new V1Status { Reason = "ConnectionFailed", Message = exception.Message }, exception);
        }
    }
}
