namespace Kombo.Kubernetes.Informers;

/// <summary>Growing waits for one thing that keeps failing; quiet for long enough, it begins anew.</summary>
internal sealed class Backoff(TimeProvider clock)
{
    static readonly TimeSpan First = TimeSpan.FromSeconds(0.8);
    static readonly TimeSpan Quiet = TimeSpan.FromMinutes(2);

    TimeSpan next = First;
    long? lastAsked;

    /// <param name="atLeast">What the server asked for.</param>
    /// <param name="max">30 s, or a minute where asking again can hardly help.</param>
    public TimeSpan Next(TimeSpan? atLeast, TimeSpan max)
    {
        if (lastAsked is { } last && clock.GetElapsedTime(last) > Quiet)
            next = First;
        lastAsked = clock.GetTimestamp();
        var wait = next * (1 + Random.Shared.NextDouble());
        next = next * 2 > max ? max : next * 2;
        wait = wait > max ? max : wait;
        return atLeast > wait ? atLeast.Value : wait;
    }
}
