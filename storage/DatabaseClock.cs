namespace Kombo.Storage;

/// <summary>Maps timestamps of a <see cref="TimeProvider"/> to the database's clock. At most one round trip early, never
/// late: data that seems older than it is can only lose against newer data.</summary>
public sealed class DatabaseClock
{
    readonly TimeProvider clock;
    readonly DateTimeOffset databaseTime;
    readonly long measuredAt;

    /// <param name="databaseTime">As the database read it at or before <paramref name="measuredAt"/>.</param>
    internal DatabaseClock(TimeProvider clock, DateTimeOffset databaseTime, long measuredAt) =>
        (this.clock, this.databaseTime, this.measuredAt) = (clock, databaseTime, measuredAt);

    /// <summary>The database's time now.</summary>
    public DateTimeOffset Now => At(clock.GetTimestamp());

    /// <param name="timestamp">From <see cref="TimeProvider.GetTimestamp"/> of the same provider.</param>
    public DateTimeOffset At(long timestamp) => databaseTime + clock.GetElapsedTime(measuredAt, timestamp);
}
