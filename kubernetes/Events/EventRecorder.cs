using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Kombo.Kubernetes.Models;
using Kombo.Kubernetes.Queueing;
using Microsoft.Extensions.Logging;

namespace Kombo.Kubernetes.Events;

public enum EventType
{
    Normal,
    Warning,
}

/// <summary>Something worth telling about an object.</summary>
/// <param name="Reason">Why, as one CamelCase word of the published list.</param>
/// <param name="Action">What was done or tried, as one CamelCase word.</param>
/// <param name="Note">For people; cut at 1 KiB. No secrets.</param>
public sealed record EventNote(EventType Type, string Reason, string Action, string Note);

/// <summary>Who writes events.</summary>
/// <param name="Controller">Such as <c>kombo.dev/operator</c>.</param>
/// <param name="Instance">The pod's or the process' name.</param>
public sealed record EventSource(string Controller, string Instance);

/// <summary>
/// Writes events in the background. Nothing may depend on them: they are merged, limited per object, dropped when the
/// server is away, and deleted by it after an hour.
/// </summary>
public sealed partial class EventRecorder(
    IKubernetesClient client, EventSource source, TimeProvider clock, ILogger<EventRecorder> logger)
{
    const int MaxNoteBytes = 1024;
    const int MaxRemembered = 4096;

    // As client-go: a burst for each object, then one in five minutes.
    const int BurstPerObject = 25;
    const double PerSecondPerObject = 1.0 / 300;

    // The same event again within this time is counted on the first one.
    static readonly TimeSpan SeriesWindow = TimeSpan.FromMinutes(6);

    readonly Channel<Pending> pending = Channel.CreateBounded<Pending>(
        new BoundedChannelOptions(1000) { SingleReader = true });
    readonly Dictionary<SeriesKey, Series> series = [];
    readonly Dictionary<string, TokenBucket> buckets = [];
    long sequence;

    /// <summary>Returns at once; never throws.</summary>
    public void Publish(IKubernetesObject<V1ObjectMeta> regarding, EventNote note)
    {
        var reference = new V1ObjectReference
        {
            ApiVersion = regarding.ApiVersion,
            Kind = regarding.Kind,
            Namespace = regarding.Namespace(),
            Name = regarding.Name(),
            Uid = regarding.Uid(),
            ResourceVersion = regarding.ResourceVersion(),
        };
        if (!pending.Writer.TryWrite(new Pending(reference, note with { Note = Cut(note.Note) }, clock.GetUtcNow())))
            Telemetry.EventsDropped.Add(1);
    }

    /// <summary>Writes until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in pending.Reader.ReadAllAsync(cancellationToken))
                await WriteAsync(item, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The normal end.
        }
    }

    async Task WriteAsync(Pending item, CancellationToken cancellationToken)
    {
        var key = new SeriesKey(item.Regarding.Uid ?? "", item.Note);
        if (!BucketOf(key.Uid).TryTake())
        {
            Telemetry.EventsDropped.Add(1);
            return;
        }
        try
        {
            if (series.GetValueOrDefault(key) is { } known && item.At - known.LastAt < SeriesWindow
                && await TryCountAsync(known, item.At, cancellationToken))
                series[key] = known with { Count = known.Count + 1, LastAt = item.At };
            else
                series[key] = await CreateAsync(item, cancellationToken);
            Forget(item.At);
        }
        catch (KubernetesException exception)
        {
            Telemetry.EventsDropped.Add(1);
            LogDropped(item.Note.Reason, $"{item.Regarding.Namespace}/{item.Regarding.Name}", exception.Message);
        }
    }

    async Task<Series> CreateAsync(Pending item, CancellationToken cancellationToken)
    {
        var namespaceName = item.Regarding.Namespace ?? "default";
        var suffix = string.Create(CultureInfo.InvariantCulture, $".{item.At.UtcTicks:x}{sequence++ % 256:x2}");
        var name = (item.Regarding.Name ?? "") is { Length: > 200 } longName ? longName[..200] + suffix : item.Regarding.Name + suffix;
        await client.CreateAsync(
            new Eventsv1Event
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = namespaceName },
                EventTime = item.At,
                ReportingController = source.Controller,
                ReportingInstance = source.Instance.Length > 128 ? source.Instance[..128] : source.Instance,
                Regarding = item.Regarding,
                Type = item.Note.Type.ToString(),
                Reason = item.Note.Reason,
                Action = item.Note.Action,
                Note = item.Note.Note,
            },
            cancellationToken);
        return new Series(namespaceName, name, Count: 1, item.At);
    }

    /// <returns>False: the first one is gone, so begin anew.</returns>
    async Task<bool> TryCountAsync(Series known, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var change = new Eventsv1Event { Series = new Eventsv1EventSeries { Count = known.Count + 1, LastObservedTime = at } };
        try
        {
            await client.PatchAsync<Eventsv1Event>(
                known.Name, known.Namespace, V1Patch.Merge(change), PatchOptions.None, cancellationToken);
            return true;
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }

    TokenBucket BucketOf(string uid)
    {
        if (!buckets.TryGetValue(uid, out var bucket))
            buckets.Add(uid, bucket = new TokenBucket(PerSecondPerObject, BurstPerObject, clock));
        return bucket;
    }

    // Memory stays bounded, whatever happens in the cluster.
    void Forget(DateTimeOffset now)
    {
        if (series.Count > MaxRemembered)
        {
            foreach (var (key, _) in series.Where(pair => now - pair.Value.LastAt >= SeriesWindow).ToList())
                series.Remove(key);
            if (series.Count > MaxRemembered)
                series.Clear();
        }
        if (buckets.Count > MaxRemembered)
            buckets.Clear();
    }

    static string Cut(string note)
    {
        if (Encoding.UTF8.GetByteCount(note) <= MaxNoteBytes)
            return note;
        var bytes = Encoding.UTF8.GetBytes(note);
        var length = MaxNoteBytes - 3;
        while ((bytes[length] & 0xC0) == 0x80)
            length--; // not inside a character
        return Encoding.UTF8.GetString(bytes, 0, length) + "...";
    }

    sealed record Pending(V1ObjectReference Regarding, EventNote Note, DateTimeOffset At);

    sealed record SeriesKey(string Uid, EventNote Note);

    sealed record Series(string Namespace, string Name, int Count, DateTimeOffset LastAt);

    [LoggerMessage(2601, LogLevel.Debug, "Dropped the event {Reason} of {Object}: {Problem}")]
    partial void LogDropped(string reason, string @object, string problem);
}
