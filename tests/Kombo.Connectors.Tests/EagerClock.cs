namespace Kombo.Connectors.Tests;

/// <summary>A clock on which waits of up to a minute are over at once, so that no test waits for a retry. Longer timers, which
/// are limits and not waits, never fire.</summary>
sealed class EagerClock : TimeProvider
{
    static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>What was waited for, in order; a test may add what takes time.</summary>
    public List<TimeSpan> Waited { get; } = [];

    public override DateTimeOffset GetUtcNow()
    {
        lock (Waited)
            return new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero) + TimeSpan.FromTicks(Waited.Sum(wait => wait.Ticks));
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > LongestWait || dueTime == Timeout.InfiniteTimeSpan)
            return new SilentTimer();
        lock (Waited)
            Waited.Add(dueTime);
        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new SilentTimer();
    }

    sealed class SilentTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
