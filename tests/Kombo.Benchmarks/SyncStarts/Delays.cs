namespace Kombo.Benchmarks.SyncStarts;

/// <summary>Of starts that were due at the same time; seconds.</summary>
sealed record Delays(double First, double Median, double P99, double Last)
{
    /// <param name="sorted">Not empty.</param>
    public static Delays Of(IReadOnlyList<double> sorted) =>
        new(sorted[0], At(sorted, 0.5), At(sorted, 0.99), sorted[^1]);

    static double At(IReadOnlyList<double> sorted, double share) =>
        sorted[(int)Math.Ceiling(share * sorted.Count) - 1];
}
