using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Informers;
using Kombo.Kubernetes.Models;
using Kombo.Standalone.Cluster;
using Kombo.Standalone.Manifests;
using Microsoft.Extensions.Logging;

namespace Kombo.Standalone.State;

/// <summary>Writes what must outlive the process as it changes: Integrations, SyncSchedules and Jobs.</summary>
internal sealed partial class StateKeeper(
    StateFolder folder, InMemoryCluster cluster, AppliedManifests applied, TimeProvider clock,
    ILogger<StateKeeper> logger)
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    // by kind
    readonly ConcurrentDictionary<string, Func<NamespacedName, JsonObject?>> savers = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<ManifestKey, bool> dirty = new();
    readonly Channel<bool> wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Follows a kind, before its informer runs.</summary>
    public void Follow<T>(Informer<T> informer)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        savers[KubernetesEntityAttribute.Of<T>().Kind] = cluster.Save<T>;
        informer.AddHandler(new InformerHandler<T>(Mark, (_, entity) => Mark(entity), Mark));
    }

    /// <summary>Writes until cancelled, and then what is still unwritten.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        applied.Changed += MarkIfKept;
        try
        {
            while (true)
            {
                await wake.Reader.ReadAsync(cancellationToken);
                await Task.Delay(Interval, clock, cancellationToken); // changes come in bursts
                Flush();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Flush();
        }
    }

    /// <summary>Writes everything that has changed.</summary>
    public void Flush()
    {
        foreach (var key in dirty.Keys)
        {
            dirty.TryRemove(key, out _);
            try
            {
                Write(key);
            }
            catch (IOException exception)
            {
                dirty[key] = true; // again with the next change
                LogNotWritten(key, exception.Message);
            }
        }
    }

    void Write(ManifestKey key)
    {
        if (savers[key.Kind](new NamespacedName(key.Namespace, key.Name)) is { } json)
        {
            var manifest = applied.All.GetValueOrDefault(key);
            folder.Save(key.ToString(), new SavedObject(json, manifest?.Json, manifest?.File));
        }
        else
        {
            folder.Remove(key.ToString());
        }
    }

    void Mark(IKubernetesObject<V1ObjectMeta> entity) =>
        Mark(new ManifestKey(entity.Kind, entity.Namespace() ?? "", entity.Name()));

    // Secrets and ConfigMaps come from their files again.
    void MarkIfKept(ManifestKey key, AppliedManifest? manifest)
    {
        if (savers.ContainsKey(key.Kind))
            Mark(key);
    }

    void Mark(ManifestKey key)
    {
        dirty[key] = true;
        wake.Writer.TryWrite(true);
    }

    [LoggerMessage(7211, LogLevel.Error, "The state of {Object} could not be written: {Problem}")]
    partial void LogNotWritten(ManifestKey @object, string problem);
}
