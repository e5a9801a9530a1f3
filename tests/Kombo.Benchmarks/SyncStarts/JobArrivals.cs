using System.Collections.Concurrent;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Benchmarks.SyncStarts;

/// <summary>Watches Jobs appear, and notes when each one did.</summary>
sealed class JobArrivals(IKubernetesClient client, string namespaceName)
{
    readonly ConcurrentDictionary<string, DateTimeOffset> seen = new();

    public int Count => seen.Count;

    /// <summary>Until cancelled. It must run before the first Job is created.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        var version = (await client.ListAsync<V1Job>(namespaceName, ListOptions.All, cancellationToken)).Metadata?.ResourceVersion;
        try
        {
            while (true)
            {
                await foreach (var change in client.WatchAsync<V1Job>(
                    namespaceName, new WatchOptions(ResourceVersion: version), cancellationToken))
                {
                    if (change.Type == WatchEventType.Added)
                        seen.TryAdd(change.Entity!.Name(), TimeProvider.System.GetUtcNow());
                    version = change.ResourceVersion ?? version;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It was told to end.
        }
    }

    /// <summary>Seconds from a time to each arrival, in order.</summary>
    public IReadOnlyList<double> DelaysAfter(DateTimeOffset slot) =>
        [.. seen.Values.Select(at => (at - slot).TotalSeconds).Order()];
}
