namespace Kombo.Kubernetes.Queueing;

/// <summary>At most so many a second over time, with a burst at the start. Reserving is immediate; the caller waits.</summary>
internal sealed class TokenBucket(double perSecond, int burst, TimeProvider clock)
{
    readonly Lock gate = new();
    readonly long start = clock.GetTimestamp();
    double tokens = burst;
    TimeSpan filledAt;

    /// <returns>How long to wait before using what was reserved; zero: at once.</returns>
    public TimeSpan Reserve()
    {
        lock (gate)
        {
            var now = clock.GetElapsedTime(start);
            tokens = Math.Min(burst, tokens + (now - filledAt).TotalSeconds * perSecond);
            filledAt = now;
            tokens -= 1;
            return tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-tokens / perSecond);
        }
    }

    /// <summary>Takes a token if there is one now.</summary>
    public bool TryTake()
    {
        lock (gate)
        {
            var now = clock.GetElapsedTime(start);
            tokens = Math.Min(burst, tokens + (now - filledAt).TotalSeconds * perSecond);
            filledAt = now;
            if (tokens < 1)
                return false;
            tokens -= 1;
            return true;
        }
    }
}
