using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Tests.Informers;

/// <summary>Lists and watches as a test says; everything else is not there.</summary>
public sealed class ScriptedClient : IKubernetesClient
{
    readonly Queue<Func<ListOptions, KubernetesList<V1ConfigMap>>> lists = new();
    readonly Queue<Channel<WatchEvent<V1ConfigMap>>> watches = new();
    readonly List<string> calls = [];

    /// <summary>Such as <c>list 0</c> and <c>watch 5</c>.</summary>
    public string Calls
    {
        get
        {
            lock (calls)
                return string.Join(", ", calls);
        }
    }

    public static V1ConfigMap Map(string name, int version, string? uid = null) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = "n", ResourceVersion = $"{version}", Uid = uid ?? name },
    };

    public static V1Status Status(int code, int? retryAfter = null) => new()
    {
        Code = code,
        Details = retryAfter is null ? null : new() { RetryAfterSeconds = retryAfter },
    };

    public ScriptedClient List(int version, params V1ConfigMap[] items) =>
        List(_ => new KubernetesList<V1ConfigMap>(new() { ResourceVersion = $"{version}" }, items));

    public ScriptedClient List(Func<ListOptions, KubernetesList<V1ConfigMap>> answer)
    {
        lists.Enqueue(answer);
        return this;
    }

    public ScriptedClient ListFails(V1Status status) => List(_ => throw new KubernetesException(status));

    public WatchScript Watch()
    {
        var channel = Channel.CreateUnbounded<WatchEvent<V1ConfigMap>>();
        watches.Enqueue(channel);
        return new WatchScript(channel);
    }

    public Task<KubernetesList<T>> ListAsync<T>(string? namespaceName, ListOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        Note($"list {options.ResourceVersion}{options.Continue}");
        return Task.FromResult((KubernetesList<T>)(object)lists.Dequeue()(options));
    }

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? namespaceName, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        Note($"watch {options.ResourceVersion}");
        var channel = watches.TryDequeue(out var next) ? next : Channel.CreateUnbounded<WatchEvent<V1ConfigMap>>();
        await foreach (var change in channel.Reader.ReadAllAsync(cancellationToken))
            yield return (WatchEvent<T>)(object)change;
    }

    void Note(string call)
    {
        lock (calls)
            calls.Add(call);
    }

    public Task<T?> GetAsync<T>(string name, string? namespaceName, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();

    public Task<T> CreateAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();

    public Task<T> ReplaceAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();

    public Task<T> ReplaceStatusAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();

    public Task<T> PatchAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();

    public Task<T> PatchStatusAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();

    public Task DeleteAsync<T>(string name, string? namespaceName, DeleteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => throw new NotSupportedException();
}

/// <summary>One watch: what it sends and how it ends.</summary>
public sealed class WatchScript(Channel<WatchEvent<V1ConfigMap>> channel)
{
    public WatchScript Send(WatchEventType type, V1ConfigMap map)
    {
        channel.Writer.TryWrite(new(type, map, map.ResourceVersion()));
        return this;
    }

    /// <summary>A deletion whose object cannot be read.</summary>
    public WatchScript SendUnreadable(NamespacedName name, int version)
    {
        channel.Writer.TryWrite(new(WatchEventType.Deleted, null, $"{version}") { Unreadable = name });
        return this;
    }

    public WatchScript Bookmark(int version)
    {
        channel.Writer.TryWrite(new(WatchEventType.Bookmark, null, $"{version}"));
        return this;
    }

    /// <summary>An error inside the stream.</summary>
    public WatchScript Error(V1Status status)
    {
        channel.Writer.TryWrite(new(WatchEventType.Error, null, null, status));
        return this;
    }

    public WatchScript End()
    {
        channel.Writer.TryComplete();
        return this;
    }

    /// <summary>An error instead of the stream.</summary>
    public WatchScript Fail(V1Status status) => Fail(new KubernetesException(status));

    public WatchScript Fail(Exception failure)
    {
        channel.Writer.TryComplete(failure);
        return this;
    }
}
