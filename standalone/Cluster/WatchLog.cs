using System.Threading.Channels;
using Kombo.Kubernetes;

namespace Kombo.Standalone.Cluster;

/// <param name="Before">Null: created.</param>
/// <param name="After">Null: removed.</param>
/// <param name="Last">What to show of a removed object: with the version of its removal.</param>
internal sealed record LogEntry(long Version, StoredObject? Before, StoredObject? After, StoredObject Last)
{
    public ClusterKind Kind => Last.Kind;
}

/// <summary>The last changes of every kind, in order, and those who wait for the next. Used under the store's
/// lock.</summary>
internal sealed class WatchLog(int capacity)
{
    readonly Queue<LogEntry> entries = new();
    readonly HashSet<Channel<LogEntry>> watchers = [];

    /// <summary>Changes after this version are all here.</summary>
    public long OldestVersion { get; private set; }

    public void Add(LogEntry entry)
    {
        entries.Enqueue(entry);
        if (entries.Count > capacity)
            OldestVersion = entries.Dequeue().Version;
        foreach (var watcher in watchers)
            watcher.Writer.TryWrite(entry);
    }

    /// <summary>Forgets every past change, as a server does that compacts its history.</summary>
    public void Compact(long newest)
    {
        entries.Clear();
        OldestVersion = newest;
    }

    /// <summary>Everything after a version, first what is past, then what comes.</summary>
    public Channel<LogEntry> Subscribe(long after)
    {
        var channel = Channel.CreateUnbounded<LogEntry>(new UnboundedChannelOptions { SingleReader = true });
        foreach (var entry in entries.Where(entry => entry.Version > after))
            channel.Writer.TryWrite(entry);
        watchers.Add(channel);
        return channel;
    }

    public void Unsubscribe(Channel<LogEntry> channel) => watchers.Remove(channel);

    /// <summary>Ends every watch, as a server does that restarts.</summary>
    public void EndAll()
    {
        foreach (var watcher in watchers)
            watcher.Writer.TryComplete();
        watchers.Clear();
    }
}

/// <summary>What a change looks like through selectors: leaving a selection is a deletion. Pure.</summary>
internal static class WatchView
{
    /// <returns>Null: not to be seen.</returns>
    public static (WatchEventType Type, StoredObject Object)? Of(LogEntry entry, Selectors selectors)
    {
        var was = entry.Before is not null && selectors.Match(entry.Before.Json);
        var isNow = entry.After is not null && selectors.Match(entry.After.Json);
        return (was, isNow) switch
        {
            (false, true) => (WatchEventType.Added, entry.Last),
            (true, true) => (WatchEventType.Modified, entry.Last),
            (true, false) => (WatchEventType.Deleted, entry.Last),
            (false, false) => null,
        };
    }
}
