using System.Collections.Concurrent;
using Kombo.Crds;
using Kombo.Kubernetes;

namespace Kombo.Operator.Cluster;

/// <summary>Status writes that the informer has not shown yet. Until then its copy is older than what we
/// know.</summary>
sealed class RecentWrites(ClusterView view, TimeProvider clock)
{
    // An informer that skips over our very version never shows it; after this time it has shown a newer one.
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<string, (string Version, long At)> writes = new();

    /// <summary>After a write, with the server's answer.</summary>
    public void Add(V1Alpha1Integration written)
    {
        writes[written.Uid()] = (written.ResourceVersion() ?? "", clock.GetTimestamp());
        // The informer may have been faster than the answer.
        if (view.Integrations.Store.Get(NamespacedName.Of(written)) is { } shown)
            Seen(shown);
    }

    /// <summary>What the informer shows.</summary>
    public void Seen(V1Alpha1Integration shown)
    {
        if (writes.TryGetValue(shown.Uid(), out var write) && write.Version == shown.ResourceVersion())
            writes.TryRemove(KeyValuePair.Create(shown.Uid(), write));
    }

    public void Forget(string uid) => writes.TryRemove(uid, out _);

    /// <summary>The copy may be older than our last write: read it again.</summary>
    public bool IsBehind(V1Alpha1Integration copy) =>
        writes.TryGetValue(copy.Uid(), out var write)
        && write.Version != copy.ResourceVersion()
        && clock.GetElapsedTime(write.At) < Longest;
}
