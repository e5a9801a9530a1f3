namespace Kombo.Worker.Runs;

/// <summary>Lets a delta sync go first: the full sync asks before each page and waits while a delta runs, but never longer
/// than a limit at a stretch. As it reads the page that it asked for afterwards, it gets on between two deltas.</summary>
/// <param name="deltaRuns">Whether a delta sync of the same integration holds its lease.</param>
/// <param name="show">Called with true when a pause begins and with false when it ends.</param>
internal sealed class FullPause(
    Func<CancellationToken, Task<bool>> deltaRuns, TimeSpan longest, TimeProvider clock, Action<bool> show)
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public async Task BeforePageAsync(CancellationToken cancellationToken)
    {
        if (!await deltaRuns(cancellationToken))
            return;
        show(true);
        var began = clock.GetTimestamp();
        do
            await Task.Delay(Interval, clock, cancellationToken);
        while (clock.GetElapsedTime(began) < longest && await deltaRuns(cancellationToken));
        show(false);
    }
}
