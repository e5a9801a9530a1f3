namespace Kombo.Core.Scheduling;

/// <summary>Times in status are UTC to the second.</summary>
static class Seconds
{
    /// <summary>The second that it is in.</summary>
    public static DateTimeOffset Floor(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    /// <summary>The next whole second, so that what counts from it is never early.</summary>
    public static DateTimeOffset Ceiling(DateTimeOffset time) =>
        Floor(time) is var floor && floor == time ? floor : Floor(Add(floor, TimeSpan.FromSeconds(1)));

    /// <summary>Stops at the end of time instead of failing: a status edited by hand must not stop a
    /// reconcile.</summary>
    public static DateTimeOffset Add(DateTimeOffset time, TimeSpan span)
    {
        if (span > TimeSpan.Zero && DateTimeOffset.MaxValue - time < span)
            return Floor(DateTimeOffset.MaxValue);
        return span < TimeSpan.Zero && DateTimeOffset.MinValue - time > span ? DateTimeOffset.MinValue : time + span;
    }

    public static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    public static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null || other < one ? other : one;
}
