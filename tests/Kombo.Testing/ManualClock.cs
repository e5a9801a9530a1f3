namespace Kombo.Testing;

/// <summary>A clock that stands still until the test moves it; timers due on the way fire in order of time, inside Advance.
/// They and timestamps run by a monotonic clock, as the system's do: the wall clock may be set beside it.</summary>
/// <param name="now">UTC, of both.</param>
public sealed class ManualClock(DateTimeOffset now) : TimeProvider
{
    readonly Lock gate = new();
    readonly List<ManualTimer> timers = [];
    DateTimeOffset now = now.ToUniversalTime(); // monotonic
    TimeSpan wallAhead;

    public ManualClock() : this(new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero)) { }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers (and delays) that will still fire; tells a test that the code under test is waiting.</summary>
    public int PendingTimers
    {
        get
        {
            lock (gate)
                return timers.Count;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return now + wallAhead;
    }

    public override long GetTimestamp()
    {
        lock (gate)
            return now.UtcTicks;
    }

    /// <summary>Sets the wall clock alone, as an administrator or a time server does; no timer fires.</summary>
    /// <param name="by">Negative: back.</param>
    public void StepWall(TimeSpan by)
    {
        lock (gate)
            wallAhead += by;
    }

    public void Advance(TimeSpan by)
    {
        var until = new DateTimeOffset(GetTimestamp(), TimeSpan.Zero) + by;
        while (NextDue(until) is { } timer)
            timer.Fire();
        lock (gate)
            now = until;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    // Moves the clock to the earliest timer that is due by then, and takes it out or sets its next time.
    ManualTimer? NextDue(DateTimeOffset until)
    {
        lock (gate)
        {
            var timer = timers.Where(timer => timer.Due <= until).MinBy(timer => timer.Due);
            if (timer is null)
                return null;
            now = timer.Due > now ? timer.Due : now;
            if (timer.Period > TimeSpan.Zero)
                timer.Due += timer.Period;
            else
                timers.Remove(timer);
            return timer;
        }
    }

    sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }
        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.gate)
            {
                clock.timers.Remove(this);
                Period = period;
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = clock.now + dueTime;
                if (dueTime > TimeSpan.Zero)
                {
                    clock.timers.Add(this);
                    return true;
                }
                if (period > TimeSpan.Zero)
                {
                    Due += period;
                    clock.timers.Add(this);
                }
            }
            // Due at once: as the system's timers do, not on the thread that asked.
            ThreadPool.QueueUserWorkItem(_ => Fire());
            return true;
        }

        public void Dispose()
        {
            lock (clock.gate)
                clock.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
