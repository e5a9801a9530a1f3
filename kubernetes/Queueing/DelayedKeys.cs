namespace Kombo.Kubernetes.Queueing;

/// <summary>
/// Keys that wait for their time, each once, the earliest time winning. Delays run by the monotonic clock; the wall clock
/// is looked at too, because the former stands still while a machine sleeps.
/// </summary>
internal sealed class DelayedKeys<TKey> : IDisposable
    where TKey : notnull
{
    // Also far below the limit of the platform's timers.
    static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(30);

    readonly Lock gate = new();
    readonly Dictionary<TKey, Due> waiting = [];
    readonly PriorityQueue<TKey, TimeSpan> order = new();
    readonly TimeProvider clock;
    readonly Action<TKey> release;
    readonly long start;
    readonly ITimer timer;
    bool isDisposed;

    public DelayedKeys(TimeProvider clock, Action<TKey> release)
    {
        this.clock = clock;
        this.release = release;
        start = clock.GetTimestamp();
        timer = clock.CreateTimer(_ => ReleaseDue(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(TKey key, TimeSpan delay)
    {
        lock (gate)
        {
            if (isDisposed)
                return;
            var due = new Due(clock.GetElapsedTime(start) + delay, clock.GetUtcNow() + delay);
            if (waiting.TryGetValue(key, out var earlier) && earlier.Monotonic <= due.Monotonic)
                return;
            waiting[key] = due;
            order.Enqueue(key, due.Monotonic); // an older, later entry of the key is skipped when it comes up
            SetTimer();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            waiting.Clear();
            timer.Dispose();
        }
    }

    void ReleaseDue()
    {
        List<TKey> due = [];
        lock (gate)
        {
            if (isDisposed)
                return;
            var (elapsed, now) = (clock.GetElapsedTime(start), clock.GetUtcNow());
            while (order.TryPeek(out var key, out var at))
            {
                var isCurrent = waiting.TryGetValue(key, out var entry) && entry.Monotonic == at;
                if (isCurrent && entry.Monotonic > elapsed && entry.Wall > now)
                    break;
                order.Dequeue();
                if (isCurrent && waiting.Remove(key))
                    due.Add(key);
            }
            SetTimer();
        }
        due.ForEach(release);
    }

    void SetTimer()
    {
        if (!order.TryPeek(out _, out var at))
            return;
        var sleep = at - clock.GetElapsedTime(start);
        timer.Change(sleep <= TimeSpan.Zero ? TimeSpan.Zero : sleep < LongestSleep ? sleep : LongestSleep, Timeout.InfiniteTimeSpan);
    }

    readonly record struct Due(TimeSpan Monotonic, DateTimeOffset Wall);
}
