using System.Diagnostics;

namespace Kombo.Benchmarks.SyncStarts;

/// <summary>Waits for what costs the cluster a whole list to look at: seldom.</summary>
static class Until
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <exception cref="TimeoutException">It was still false after that time.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan patience)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > patience)
                throw new TimeoutException($"not so after {patience.TotalMinutes:0} min: the log of the operator tells more");
            await Task.Delay(Interval, TimeProvider.System);
        }
    }
}
