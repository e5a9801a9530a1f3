namespace Kombo.Core.Scheduling;

/// <summary>How long to wait after a failed run.</summary>
public static class RetryDelay
{
    /// <summary>Base, doubled with each further failure, at most max and at most the frequency; from the threshold on
    /// the frequency itself.</summary>
    /// <param name="failures">In a row, this one included.</param>
    public static TimeSpan After(int failures, EffectiveSchedule schedule, TimeSpan frequency)
    {
        if (failures >= schedule.FailureThreshold)
            return frequency;
        var most = schedule.RetryMax < frequency ? schedule.RetryMax : frequency;
        var doublings = Math.Clamp(failures - 1, 0, 30); // 2^30 seconds are 34 years
        var seconds = schedule.RetryBase.TotalSeconds * (1L << doublings);
        return seconds < most.TotalSeconds ? TimeSpan.FromSeconds(Math.Ceiling(seconds)) : most;
    }

    /// <summary>The time of the next attempt; jitter only shortens the delay, so that no limit is passed.</summary>
    internal static DateTimeOffset Next(
        DateTimeOffset finishedAt, TimeSpan delay, int jitterPercent, double fraction)
    {
        var left = 1 - (fraction * jitterPercent / 100);
        return Seconds.Add(finishedAt, TimeSpan.FromSeconds(Math.Ceiling(delay.TotalSeconds * left)));
    }
}
