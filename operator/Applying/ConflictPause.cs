namespace Kombo.Operator.Applying;

/// <summary>Between an attempt that met another version of its object and the next one. Pure.</summary>
static class ConflictPause
{
    static readonly TimeSpan First = TimeSpan.FromMilliseconds(10);

    /// <summary>The second attempt comes at once, because whoever wrote in between is done as a rule. Who keeps meeting others
    /// gets out of their step: longer each time, and never as long as they.</summary>
    /// <param name="attempt">From 0.</param>
    /// <param name="random">From 0 to 1.</param>
    public static TimeSpan Before(int attempt, double random) =>
        attempt < 2 ? TimeSpan.Zero : First * Math.Pow(2, attempt - 2) * (0.5 + random);
}
