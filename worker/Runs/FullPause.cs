namespace Kombo.Worker.Runs;

/// <summary>Lets a delta sync go first: the full sync asks before each page and waits for the delta that runs then, but never
/// longer than a limit at a stretch. One that follows it is asked about before the next page only, so that the full sync gets
/// on between two deltas however closely they come.</summary>
/// <param name="deltaRun">The run of the delta sync of the same integration that holds the lease; null: none.</param>
/// <param name="show">Called with true when a pause begins and with false when it ends.</param>
internal sealed class FullPause(
    Func<CancellationToken, Task<string?>> deltaRun, TimeSpan longest, TimeProvider clock, Action<bool> show)
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public async Task BeforePageAsync(CancellationToken cancellationToken)
    {
        if (await deltaRun(cancellationToken) is not { } first)
            return;
        show(true);
        var began = clock.GetTimestamp();
        do
            await Task.Delay(Interval, clock, cancellationToken);
        while (clock.GetElapsedTime(began) < longest && await deltaRun(cancellationToken) == first);
        show(false);
    }
}
