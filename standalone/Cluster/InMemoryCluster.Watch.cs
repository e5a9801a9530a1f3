using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Cluster;

public sealed partial class InMemoryCluster
{
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? namespaceName, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var kind = KindOf<T>();
        var selectors = Selectors.Parse(options.LabelSelector, options.FieldSelector);
        var (changes, expired) = Begin(kind, namespaceName, options.ResourceVersion);
        if (changes is null)
        {
            yield return new WatchEvent<T>(WatchEventType.Error, Entity: null, ResourceVersion: null, expired);
            yield break;
        }
        try
        {
            var clock = this.options.Clock;
            var begun = clock.GetTimestamp();
            while (true)
            {
                while (changes.Reader.TryRead(out var entry))
                {
                    if (entry.Kind == kind && (namespaceName is null || entry.Last.Key.Namespace == namespaceName)
                        && WatchView.Of(entry, selectors) is { } seen)
                        yield return new WatchEvent<T>(
                            seen.Type,
                            json.Deserialize<T>(seen.Object.Json),
                            seen.Object.Version.ToString(CultureInfo.InvariantCulture));
                }
                var left = (options.Timeout ?? TimeSpan.MaxValue) - clock.GetElapsedTime(begun);
                if (left <= TimeSpan.Zero)
                    yield break;
                var wait = left < this.options.BookmarkInterval ? left : this.options.BookmarkInterval;
                if (await WaitAsync(changes.Reader, wait, cancellationToken) is not { } hasMore)
                    yield return Bookmark<T>(changes.Reader);
                else if (!hasMore)
                    yield break;
            }
        }
        finally
        {
            lock (store.Gate)
                store.Log.Unsubscribe(changes);
        }
    }

    (Channel<LogEntry>? Changes, V1Status? Expired) Begin(ClusterKind kind, string? namespaceName, string? from)
    {
        lock (store.Gate)
        {
            if (string.IsNullOrEmpty(from) || from == "0")
            {
                // Without a beginning a watch opens with what is there.
                var all = store.Log.Subscribe(store.Version);
                foreach (var stored in store.List(kind, namespaceName))
                    all.Writer.TryWrite(new LogEntry(stored.Version, Before: null, stored, stored));
                return (all, null);
            }
            var version = Number(from);
            if (version > store.Version)
                throw Failures.TooLarge(from, store.Version);
            return version < store.Log.OldestVersion
                ? (null, Failures.Expired(from, store.Log.OldestVersion))
                : (store.Log.Subscribe(version), null);
        }
    }

    // All that came before has been read, so the newest version is one to go on from.
    WatchEvent<T> Bookmark<T>(ChannelReader<LogEntry> reader)
        where T : class
    {
        lock (store.Gate)
        {
            var version = reader.TryPeek(out var next) ? next.Version - 1 : store.Version;
            return new WatchEvent<T>(
                WatchEventType.Bookmark, Entity: null, version.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <returns>Null: nothing came in time; false: the watch is over.</returns>
    async Task<bool?> WaitAsync(ChannelReader<LogEntry> reader, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
