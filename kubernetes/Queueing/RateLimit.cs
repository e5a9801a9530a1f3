namespace Kombo.Kubernetes.Queueing;

/// <summary>How fast failing keys come back: each on its own, and all of them together.</summary>
public sealed record RateLimit
{
    /// <summary>The first wait of a key; it doubles with every failure.</summary>
    public TimeSpan Base { get; init; } = TimeSpan.FromMilliseconds(5);

    public TimeSpan Max { get; init; } = TimeSpan.FromSeconds(1000);

    /// <summary>Of all keys together.</summary>
    public double PerSecond { get; init; } = 10;

    public int Burst { get; init; } = 100;

    /// <param name="failures">Before this one.</param>
    internal TimeSpan Delay(int failures)
    {
        var factor = Math.Pow(2, Math.Min(failures, 60)); // beyond that it is the maximum anyway
        return Base.TotalSeconds * factor >= Max.TotalSeconds ? Max : Base * factor;
    }
}
