using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Kombo.Kubernetes.Queueing;

/// <summary>
/// Keys to work on. A key is never handed to two workers at once and never lost: one that is added again while it is worked on
/// comes back when that work is done. Adding a key that already waits does nothing.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "The word of every controller; it is no collection")]
public sealed class WorkQueue<TKey> : IMeasuredQueue, IDisposable
    where TKey : notnull
{
    readonly Lock gate = new();
    readonly Dictionary<TKey, long> dirty = []; // since when
    readonly Dictionary<TKey, long> processing = []; // since when
    readonly Dictionary<TKey, int> failures = [];
    readonly Channel<TKey> ready = Channel.CreateUnbounded<TKey>(); // bounded by the set of dirty keys
    readonly DelayedKeys<TKey> delayed;
    readonly TokenBucket bucket;
    readonly RateLimit limit;
    readonly TimeProvider clock;
    readonly KeyValuePair<string, object?> name;
    bool isShutDown;

    public WorkQueue(string name, RateLimit limit, TimeProvider clock)
    {
        this.name = new("name", name);
        this.limit = limit;
        this.clock = clock;
        bucket = new TokenBucket(limit.PerSecond, limit.Burst, clock);
        delayed = new DelayedKeys<TKey>(clock, Add);
        Telemetry.Follow(this);
    }

    string IMeasuredQueue.Name => (string)name.Value!; // set in the constructor

    TimeSpan IMeasuredQueue.Unfinished => Ages().Aggregate(TimeSpan.Zero, (sum, age) => sum + age);

    TimeSpan IMeasuredQueue.Longest => Ages().DefaultIfEmpty().Max();

    /// <summary>Keys that wait for a worker now.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return ready.Reader.Count;
        }
    }

    /// <summary>No key waits for a worker or is worked on; some may wait for their time.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate)
                return dirty.Count == 0 && processing.Count == 0;
        }
    }

    public void Add(TKey key)
    {
        lock (gate)
        {
            if (isShutDown || !dirty.TryAdd(key, clock.GetTimestamp()))
                return;
            Telemetry.QueueAdds.Add(1, name);
            if (!processing.ContainsKey(key))
                Enqueue(key);
        }
    }

    /// <summary>Adds a key later. Of several times the earliest wins; an immediate <see cref="Add"/> leaves it as it is.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
            Add(key);
        else
            delayed.Add(key, delay);
    }

    /// <summary>Adds a key that failed: later each time, and without end.</summary>
    public void AddRateLimited(TKey key)
    {
        TimeSpan delay;
        lock (gate)
        {
            var before = failures.GetValueOrDefault(key);
            failures[key] = before + 1;
            delay = limit.Delay(before);
        }
        Telemetry.QueueRetries.Add(1, name);
        var shared = bucket.Reserve();
        AddAfter(key, delay > shared ? delay : shared);
    }

    /// <summary>The key did well: its next failure is its first.</summary>
    public void Forget(TKey key)
    {
        lock (gate)
            failures.Remove(key);
    }

    public int Failures(TKey key)
    {
        lock (gate)
            return failures.GetValueOrDefault(key);
    }

    /// <summary>Keys to work on, until the queue is shut down. Call <see cref="Done"/> for each, whatever happened.</summary>
    public async IAsyncEnumerable<TKey> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await ready.Reader.WaitToReadAsync(cancellationToken))
        {
            while (TryTake(out var key))
                yield return key;
        }
    }

    /// <summary>The work on a key is over; it comes back at once if it was added meanwhile.</summary>
    public void Done(TKey key)
    {
        lock (gate)
        {
            if (!processing.Remove(key, out var since))
                return;
            Telemetry.WorkDuration.Record(clock.GetElapsedTime(since).TotalSeconds, name);
            if (dirty.ContainsKey(key) && !isShutDown)
                Enqueue(key);
        }
    }

    /// <summary>Nothing is added or handed out any more; what is worked on goes on.</summary>
    public void ShutDown()
    {
        lock (gate)
        {
            isShutDown = true;
            ready.Writer.TryComplete();
            while (ready.Reader.TryRead(out _))
                Telemetry.QueueDepth.Add(-1, name);
        }
        delayed.Dispose();
    }

    public void Dispose()
    {
        ShutDown();
        Telemetry.Forget(this);
    }

    IReadOnlyList<TimeSpan> Ages()
    {
        lock (gate)
            return [.. processing.Values.Select(since => clock.GetElapsedTime(since))];
    }

    void Enqueue(TKey key)
    {
        if (ready.Writer.TryWrite(key))
            Telemetry.QueueDepth.Add(1, name);
    }

    bool TryTake([MaybeNullWhen(false)] out TKey key)
    {
        lock (gate)
        {
            if (!ready.Reader.TryRead(out key))
                return false;
            Telemetry.QueueDepth.Add(-1, name);
            dirty.Remove(key, out var since);
            Telemetry.QueueDuration.Record(clock.GetElapsedTime(since).TotalSeconds, name);
            processing.Add(key, clock.GetTimestamp());
            return true;
        }
    }
}
