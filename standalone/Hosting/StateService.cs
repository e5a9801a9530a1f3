using System.Text.Json.Nodes;
using Kombo.Standalone.Cluster;
using Kombo.Standalone.Jobs;
using Kombo.Standalone.Manifests;
using Kombo.Standalone.Rendering;
using Kombo.Standalone.State;
using Microsoft.Extensions.Hosting;

namespace Kombo.Standalone.Hosting;

/// <summary>Brings back what an earlier process left, and follows the cluster for all parts: the first to start, the
/// last to stop.</summary>
internal sealed class StateService(
    InMemoryCluster cluster, StateFolder folder, StateKeeper keeper, AppliedManifests applied,
    ClusterInformers informers,
    JobExecutor executor, IProgressView view, IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    readonly CancellationTokenSource stopping = new();
    Task work = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Restore(folder.Load());
        keeper.Follow(informers.Integrations);
        keeper.Follow(informers.Schedules);
        keeper.Follow(informers.Jobs);
        executor.Follow(informers.Jobs, lifetime.ApplicationStopping);
        informers.Integrations.AddHandler(new(
            integration => view.Changed(null, integration), view.Changed, view.Removed));
        work = Task.WhenAll(informers.RunAsync(stopping.Token), keeper.RunAsync(stopping.Token));
        await informers.WaitForSyncAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await work;
    }

    public void Dispose() => stopping.Dispose();

    void Restore(IReadOnlyList<SavedObject> saved)
    {
        foreach (var item in saved)
        {
            if ((string?)item.Object["metadata"]?["namespace"] is { } space)
                cluster.EnsureNamespace(space);
            if (item is { Manifest: { } manifest, File: { } file } && KeyOf(item.Object) is { } key)
                applied.Set(new AppliedManifest(key, manifest, file));
        }

        foreach (var item in saved)
            cluster.RestoreObject(item.Object);
    }

    static ManifestKey? KeyOf(JsonObject json) =>
        (string?)json["kind"] is { } kind
        && (string?)json["metadata"]?["namespace"] is { } space
        && (string?)json["metadata"]?["name"] is { } name
            ? new ManifestKey(kind, space, name)
            : null;
}
