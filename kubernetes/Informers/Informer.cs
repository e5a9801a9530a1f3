using System.Collections.Immutable;
using Kombo.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Kombo.Kubernetes.Informers;

/// <summary>A copy of a kind's objects that follows the cluster, and calls for every change.</summary>
public sealed partial class Informer<T> : IReflectorTarget<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    readonly IReadOnlyList<Reflector<T>> reflectors;
    readonly InformerOptions<T> options;
    readonly ILogger logger;
    readonly Lock gate = new(); // one change at a time, also with several namespaces
    readonly HashSet<string> listed = [];
    readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    ImmutableArray<InformerHandler<T>> handlers = [];

    public Informer(IKubernetesClient client, InformerOptions<T> options, TimeProvider clock, ILogger<Informer<T>> logger)
    {
        this.options = options;
        this.logger = logger;
        Store = new ObjectStore<T>(options.Indexers);
        var surroundings = new ReflectorSurroundings<T>(this, clock, logger);
        string?[] namespaces = options.Namespaces.Count == 0 ? [null] : [.. options.Namespaces];
        reflectors = [.. namespaces.Select(name => new Reflector<T>(client, name, options, surroundings))];
    }

    public ObjectStore<T> Store { get; }

    /// <summary>The first list of each namespace has been delivered. Nothing may be decided before.</summary>
    public bool HasSynced => synced.Task.IsCompletedSuccessfully;

    /// <summary>Before <see cref="RunAsync"/>: a handler that comes later misses what is already in the store.</summary>
    public void AddHandler(InformerHandler<T> handler) => handlers = handlers.Add(handler);

    /// <summary>Runs until cancelled; fails as soon as one namespace cannot be followed any more.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAll(reflectors.Select(reflector => FollowAsync(reflector, all)));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The normal end.
        }
    }

    static async Task FollowAsync(Reflector<T> reflector, CancellationTokenSource all)
    {
        try
        {
            await reflector.RunAsync(all.Token);
        }
        finally
        {
            await all.CancelAsync();
        }
    }

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => synced.Task.WaitAsync(cancellationToken);

    void IReflectorTarget<T>.Replace(string? namespaceName, KubernetesList<T> list)
    {
        lock (gate)
        {
            // What is there but cannot be read is not gone.
            var present = list.Items.Select(item => NamespacedName.Of(item)).Concat(list.Undecodable).ToHashSet();
            foreach (var name in Store.Names(namespaceName).Where(name => !present.Contains(name)))
                Delete(name, last: null);
            foreach (var item in list.Items)
                Put(item);
            listed.Add(namespaceName ?? "");
            if (listed.Count == reflectors.Count)
                synced.TrySetResult();
        }
    }

    void IReflectorTarget<T>.Apply(WatchEvent<T> change)
    {
        lock (gate)
        {
            switch (change)
            {
                case { Type: WatchEventType.Deleted, Unreadable: { } name }:
                    Delete(name, last: null);
                    break;
                case { Type: WatchEventType.Deleted, Entity: { } entity }:
                    Delete(NamespacedName.Of(entity), entity);
                    break;
                case { Entity: { } entity }:
                    Put(entity);
                    break;
            }
        }
    }

    void Put(T received)
    {
        var entity = options.Transform(received);
        var before = Store.Get(NamespacedName.Of(entity));
        if (before is not null && before.Metadata.ResourceVersion == entity.Metadata.ResourceVersion
            && before.Metadata.Uid == entity.Metadata.Uid)
            return;
        if (before is not null && before.Metadata.Uid != entity.Metadata.Uid)
        {
            // Deleted and made again while nobody looked: another object under the same name.
            Delete(NamespacedName.Of(before), last: null);
            before = null;
        }
        Store.Put(entity);
        foreach (var handler in handlers)
        {
            if (before is null)
                Call(() => handler.Added(entity));
            else
                Call(() => handler.Updated(before, entity));
        }
    }

    void Delete(NamespacedName name, T? last)
    {
        if (!Store.Remove(name, out var stored))
            return;
        foreach (var handler in handlers)
            Call(() => handler.Deleted(last ?? stored));
    }

    // A handler that fails must not end the watch of all others.
    void Call(Action act)
    {
        try
        {
            act();
        }
        catch (Exception exception)
        {
            LogHandlerFailed(exception, KubernetesEntityAttribute.Of<T>().Kind);
        }
    }

    [LoggerMessage(2401, LogLevel.Error, "A handler of {Kind} failed")]
    partial void LogHandlerFailed(Exception exception, string kind);
}
