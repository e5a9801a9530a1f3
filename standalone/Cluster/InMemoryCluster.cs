using System.Globalization;
using System.Text.Json.Nodes;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Cluster;

/// <summary>How an in-memory cluster behaves.</summary>
public sealed record InMemoryClusterOptions
{
    public KubernetesJson Json { get; init; } = KubernetesJson.Default;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Changes that a watch can begin behind; an older beginning is answered by 410.</summary>
    public int HistoryLength { get; init; } = 10_000;

    /// <summary>A quiet watch is told the newest version this often.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The uid of a new object, of its kind and name; null: a random one.</summary>
    public Func<string, NamespacedName, string>? NewUid { get; init; }
}

/// <summary>
/// A cluster in this process: the storage rules of an API server, its garbage collection, and nothing that runs pods.
/// It is held to the same contract tests as a real one.
/// </summary>
public sealed partial class InMemoryCluster : IKubernetesClient, IDisposable
{
    readonly KubernetesJson json;
    readonly InMemoryClusterOptions options;
    readonly ClusterStore store;
    readonly ObjectDeleter deleter;
    readonly ObjectWriter writer;
    readonly Expiry expiry;

    /// <param name="kinds">Beside those of Kubernetes itself.</param>
    public InMemoryCluster(IEnumerable<ClusterKind> kinds, InMemoryClusterOptions options)
    {
        this.options = options;
        json = options.Json;
        store = new ClusterStore(options.HistoryLength);
        deleter = new ObjectDeleter(store, options.Clock);
        writer = new ObjectWriter(store, deleter, options);
        expiry = new Expiry(store, deleter, options.Clock);
        foreach (var kind in kinds)
            store.AddKind(kind);
        EnsureNamespace("default");
    }

    public void Dispose()
    {
        expiry.Dispose();
        lock (store.Gate)
            store.Log.EndAll();
    }

    /// <summary>A namespace for manifests that name one which nobody created.</summary>
    public void EnsureNamespace(string name)
    {
        lock (store.Gate)
        {
            if (store.Find(store.KindOf("", "namespaces"), new NamespacedName("", name)) is null)
                writer.Create(
                    store.KindOf("", "namespaces"),
                    new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } }, Writer("kombo"));
        }
    }

    /// <summary>Forgets past changes: watches that begin before now are answered by 410.</summary>
    public void CompactHistory()
    {
        lock (store.Gate)
            store.Log.Compact(store.Version);
    }

    /// <summary>Ends every watch that is open now.</summary>
    public void EndWatches()
    {
        lock (store.Gate)
            store.Log.EndAll();
    }

    public Task<T?> GetAsync<T>(string name, string? namespaceName, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        cancellationToken.ThrowIfCancellationRequested();
        StoredObject? stored;
        lock (store.Gate)
            stored = store.Find(KindOf<T>(), Key(name, namespaceName));
        return Task.FromResult(stored is null ? null : json.Deserialize<T>(stored.Json));
    }

    public Task<KubernetesList<T>> ListAsync<T>(
        string? namespaceName, ListOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        cancellationToken.ThrowIfCancellationRequested();
        var selectors = Selectors.Parse(options.LabelSelector, options.FieldSelector);
        var page = ListPage.Parse(options);
        List<StoredObject> found;
        long version;
        lock (store.Gate)
        {
            version = store.Version;
            if (Number(options.ResourceVersion) > version)
                throw Failures.TooLarge(options.ResourceVersion!, version); // it is a number
            found = [.. store.List(KindOf<T>(), namespaceName).Where(stored => selectors.Match(stored.Json))];
        }
        return Task.FromResult(page.Cut(found, version, stored => json.Deserialize<T>(stored.Json)));
    }

    public Task<T> CreateAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        WriteAsync<T>(() => writer.Create(KindOf<T>(), Tree(entity), Writer("kombo")), cancellationToken);

    public Task<T> ReplaceAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => ReplaceAsync(entity, Writer("kombo"), cancellationToken);

    public Task<T> ReplaceStatusAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        ReplaceAsync(entity, Writer("kombo", Subresource.Status), cancellationToken);

    public Task<T> PatchAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => WriteAsync<T>(
            () => Patch(KindOf<T>(), Key(name, namespaceName), patch, (options, Subresource.None)), cancellationToken);

    public Task<T> PatchStatusAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => WriteAsync<T>(
            () => Patch(KindOf<T>(), Key(name, namespaceName), patch, (options, Subresource.Status)),
            cancellationToken);

    public Task DeleteAsync<T>(
        string name, string? namespaceName, DeleteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (store.Gate)
            deleter.Delete(KindOf<T>(), Key(name, namespaceName), options);
        return Task.CompletedTask;
    }

    static FieldManager Writer(string name, Subresource subresource = Subresource.None) =>
        new(name, IsApply: false, subresource);

    static NamespacedName Key(string name, string? namespaceName) => new(namespaceName ?? "", name);

    static long Number(string? version) =>
        long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    ClusterKind KindOf<T>()
    {
        var entity = KubernetesEntityAttribute.Of<T>();
        return store.KindOf(entity.Group, entity.PluralName);
    }

    // Through text, so that what is stored is what a server would have received.
    // an entity is an object
    JsonObject Tree<T>(T entity) => JsonNode.Parse(json.SerializeToUtf8Bytes(entity))!.AsObject();

    Task<T> ReplaceAsync<T>(T entity, FieldManager manager, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var kind = KindOf<T>();
        if (kind.NeedsVersionToReplace && string.IsNullOrEmpty(entity.ResourceVersion()))
            throw Failures.Invalid(kind, entity.Name(), "metadata.resourceVersion", "must be specified for an update");
        return WriteAsync<T>(() => Replace(kind, entity, manager), cancellationToken);
    }

    StoredObject Replace<T>(ClusterKind kind, T entity, FieldManager manager)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var key = Key(entity.Name(), entity.Namespace());
        var live = store.Get(kind, key);
        if (entity.Uid() is { Length: > 0 } uid && uid != live.Uid)
            throw Failures.Conflict(
                kind, key.Name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {live.Uid}");
        return writer.Update(kind, key, _ => Tree(entity), manager);
    }

    Task<T> WriteAsync<T>(Func<StoredObject> write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        StoredObject stored;
        lock (store.Gate)
            stored = write();
        return Task.FromResult(json.Deserialize<T>(stored.Json));
    }
}
