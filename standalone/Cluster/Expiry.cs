using System.Globalization;
using System.Text.Json.Nodes;
using Kombo.Kubernetes;

namespace Kombo.Standalone.Cluster;

/// <summary>Deletes what lives only for a time: finished Jobs with <c>ttlSecondsAfterFinished</c>, and Events after an
/// hour.</summary>
internal sealed class Expiry : IDisposable
{
    static readonly TimeSpan EventLife = TimeSpan.FromHours(1);

    readonly ClusterStore store;
    readonly ObjectDeleter deleter;
    readonly TimeProvider clock;
    readonly Dictionary<string, ITimer> timers = []; // by uid

    public Expiry(ClusterStore store, ObjectDeleter deleter, TimeProvider clock)
    {
        this.store = store;
        this.deleter = deleter;
        this.clock = clock;
        store.Changed += Follow;
    }

    public void Dispose()
    {
        lock (store.Gate)
        {
            store.Changed -= Follow;
            foreach (var timer in timers.Values)
                timer.Dispose();
            timers.Clear();
        }
    }

    void Follow(LogEntry entry)
    {
        if (timers.Remove(entry.Last.Uid, out var timer))
            timer.Dispose();
        if (entry.After is { } stored && EndOf(stored) is { } end)
            Schedule(stored, end);
    }

    void Schedule(StoredObject stored, DateTimeOffset end)
    {
        var wait = end - clock.GetUtcNow();
        var longest = TimeSpan.FromDays(1); // timers have a limit; after it, look again
        var next = wait < longest ? wait : longest;
        timers[stored.Uid] = clock.CreateTimer(
            _ => Expire(stored, end), state: null, next > TimeSpan.Zero ? next : TimeSpan.Zero,
            Timeout.InfiniteTimeSpan);
    }

    void Expire(StoredObject stored, DateTimeOffset end)
    {
        lock (store.Gate)
        {
            if (!timers.Remove(stored.Uid, out var timer))
                return;
            timer.Dispose();
            if (store.Find(stored.Kind, stored.Key) is not { } there || there.Uid != stored.Uid)
                return;
            if (clock.GetUtcNow() < end)
                Schedule(stored, end);
            else
                deleter.Delete(stored.Kind, stored.Key, DeleteOptions.Background);
        }
    }

    static DateTimeOffset? EndOf(StoredObject stored) => stored.Kind switch
    {
        { Group: "events.k8s.io" } => Time(stored.Metadata["creationTimestamp"]) + EventLife,
        { Group: "batch", Kind: "Job" }
            when stored.Json["spec"]?["ttlSecondsAfterFinished"]?.GetValue<long>() is { } seconds =>
            FinishedAt(stored) + TimeSpan.FromSeconds(seconds),
        _ => null,
    };

    static DateTimeOffset? FinishedAt(StoredObject job) => (job.Json["status"]?["conditions"] as JsonArray ?? [])
        .OfType<JsonObject>()
        .Where(condition => condition["type"]?.GetValue<string>() is "Complete" or "Failed"
            && condition["status"]?.GetValue<string>() == "True")
        .Select(condition => Time(condition["lastTransitionTime"]))
        .FirstOrDefault();

    static DateTimeOffset? Time(JsonNode? node) => node?.GetValue<string>() is { } text
        ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
        : null;
}
