using Kombo.Kubernetes.Queueing;

namespace Kombo.Kubernetes.Events;

/// <summary>An event that was written, and how often it was seen since.</summary>
internal sealed record EventSeries(string Namespace, string Name, int Count, DateTimeOffset LastAt);

/// <summary>What was written lately: for counting what repeats, and for limiting each object. Bounded, whatever happens.</summary>
internal sealed class EventMemory(TimeProvider clock)
{
    const int MaxRemembered = 4096;

    // As client-go: a burst for each object, then one in five minutes.
    const int BurstPerObject = 25;
    const double PerSecondPerObject = 1.0 / 300;

    // The same event again within this time is counted on the first one.
    static readonly TimeSpan SeriesWindow = TimeSpan.FromMinutes(6);

    readonly Dictionary<(string Uid, EventNote Note), EventSeries> series = [];
    readonly Dictionary<string, TokenBucket> buckets = [];

    public bool MayWrite(string uid)
    {
        if (buckets.Count > MaxRemembered)
            buckets.Clear();
        if (!buckets.TryGetValue(uid, out var bucket))
            buckets.Add(uid, bucket = new TokenBucket(PerSecondPerObject, BurstPerObject, clock));
        return bucket.TryTake();
    }

    /// <returns>Null: begin anew.</returns>
    public EventSeries? Find(string uid, EventNote note, DateTimeOffset at) =>
        series.GetValueOrDefault((uid, note)) is { } known && at - known.LastAt < SeriesWindow ? known : null;

    public void Remember(string uid, EventNote note, EventSeries written)
    {
        series[(uid, note)] = written;
        if (series.Count <= MaxRemembered)
            return;
        foreach (var (key, _) in series.Where(pair => written.LastAt - pair.Value.LastAt >= SeriesWindow).ToList())
            series.Remove(key);
        if (series.Count > MaxRemembered)
            series.Clear();
    }
}
