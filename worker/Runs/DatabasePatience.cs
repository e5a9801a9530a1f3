namespace Kombo.Worker.Runs;

/// <summary>Waits for a database that is away, up to a limit.</summary>
/// <param name="waits">Called with the cause before each wait.</param>
internal sealed class DatabasePatience(TimeSpan limit, TimeProvider clock, Action<string> waits)
{
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <param name="act">Safe to repeat.</param>
    public async Task<T> TryAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(250); ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)))
        {
            try
            {
                return await act(cancellationToken);
            }
            catch (Exception failure) when (FaultClassifier.IsPassing(failure) && clock.GetElapsedTime(began) + pause < limit)
            {
                waits(FaultClassifier.Classify(failure).Message);
                await Task.Delay(pause, clock, cancellationToken);
            }
        }
    }
}
