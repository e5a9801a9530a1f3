using System.Collections.Concurrent;
using System.Collections.Immutable;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Testing.Pods;

/// <summary>
/// Stands in for the nodes of a cluster: for each of our pods of a namespace it runs the real process, with the pod's
/// environment, volumes and service account, and writes the pod's status as a kubelet would.
/// </summary>
/// <remarks>Pods are not bound to a node, so that a deleted one is gone at once; its process still gets SIGTERM and its
/// grace period, like one on a node that has lost its connection.</remarks>
public sealed class PodPlayer : IAsyncDisposable
{
    static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);

    readonly IKubernetesClient client;
    readonly PodPlayerOptions options;
    readonly ServiceAccountAccess access;
    readonly CancellationTokenSource ended = new();
    readonly ConcurrentDictionary<string, PlayedPod> pods = new();
    readonly ConcurrentBag<Task> deletions = [];
    readonly Task watching;

    PodPlayer(ControlPlaneFixture plane, IKubernetesClient client, PodPlayerOptions options)
    {
        (this.client, this.options) = (client, options);
        access = new ServiceAccountAccess(plane, client);
        watching = WatchAsync();
    }

    /// <summary>All that were played so far, oldest first.</summary>
    public IReadOnlyList<PlayedPod> Pods => [.. pods.Values.OrderBy(pod => pod.Pod.Metadata.CreationTimestamp)];

    /// <param name="client">May list, watch and change pods, and read Secrets, ConfigMaps and service accounts.</param>
    public static PodPlayer Start(ControlPlaneFixture plane, IKubernetesClient client, PodPlayerOptions options) => new(plane, client, options);

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await watching;
        await Task.WhenAll(pods.Values.Select(pod => pod.DeleteAsync()));
        await Task.WhenAll(deletions);
        foreach (var pod in pods.Values)
            pod.Dispose();
        ended.Dispose();
    }

    async Task WatchAsync()
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                var list = await client.ListAsync<V1Pod>(
                    options.Namespace, new ListOptions(options.LabelSelector), ended.Token);
                foreach (var pod in list.Items)
                    See(pod);
                foreach (var (uid, _) in pods.Where(known => list.Items.All(pod => pod.Uid() != known.Key)))
                    Delete(uid);
                await FollowAsync(list.Metadata.ResourceVersion);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                return;
            }
            catch (KubernetesException)
            {
                await Task.WhenAny(Task.Delay(RetryInterval, TimeProvider.System, ended.Token));
            }
        }
    }

    async Task FollowAsync(string? version)
    {
        var changes = client.WatchAsync<V1Pod>(
            options.Namespace, new WatchOptions(options.LabelSelector, ResourceVersion: version, Timeout: TimeSpan.FromMinutes(5)), ended.Token);
        await foreach (var change in changes)
        {
            if (change.Type == WatchEventType.Error)
                return; // list again
            if (change is { Type: WatchEventType.Deleted, Entity: { } gone })
                Delete(gone.Uid());
            else if (change.Entity is { } pod)
                See(pod);
        }
    }

    void See(V1Pod pod)
    {
        if (pod.DeletionTimestamp() is not null)
            Delete(pod.Uid());
        else if (pod.Status?.Phase is null or "" or "Pending" && options.Plays(pod))
            pods.GetOrAdd(pod.Uid(), _ =>
            {
                var played = new PlayedPod(client, pod);
                played.Start(access, options);
                return played;
            });
    }

    void Delete(string uid)
    {
        if (pods.TryGetValue(uid, out var pod))
            deletions.Add(pod.DeleteAsync());
    }
}

/// <summary>Which pods are played, and how.</summary>
public sealed record PodPlayerOptions
{
    public required string Namespace { get; init; }

    public string LabelSelector { get; init; } = "kombo.dev/run";

    /// <summary>Others stay pending, as without a node for them.</summary>
    public Func<V1Pod, bool> Plays { get; init; } = _ => true;

    /// <summary>What a pod's image holds: the path of a program for <c>dotnet</c>.</summary>
    public Func<V1Pod, BuiltProgram> Program { get; init; } = _ => BuiltProgram.Worker;

    /// <summary>Beats the pods' own, e.g. to shorten leases.</summary>
    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;
}
