namespace Kombo.Sandbox.Faults;

/// <summary>Lets so many requests a second through and refuses the others. Counts both. Safe for many threads.</summary>
sealed class RateLimit
{
    static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    readonly Lock gate = new();
    RateRule? rule;
    long began;
    int inWindow;
    int answered;
    int refused;
    int atOnce;
    int mostAtOnce;

    /// <summary>From now on; counts begin again.</summary>
    /// <param name="value">Null: no limit.</param>
    public void Set(RateRule? value)
    {
        lock (gate)
            (rule, inWindow, answered, refused, mostAtOnce) = (value, 0, 0, 0, atOnce);
    }

    public RateCounts Counts
    {
        get
        {
            lock (gate)
                return new(answered, refused, mostAtOnce);
        }
    }

    /// <returns>What the source says of its limit; null: there is none.</returns>
    public RateAnswer? Enter()
    {
        lock (gate)
        {
            mostAtOnce = Math.Max(mostAtOnce, ++atOnce);
            if (rule is not { } limit)
                return null;
            if (TimeProvider.System.GetElapsedTime(began) > Window)
                (began, inWindow) = (TimeProvider.System.GetTimestamp(), 0);
            var isRefused = ++inWindow > limit.RequestsPerSecond;
            (answered, refused) = isRefused ? (answered, refused + 1) : (answered + 1, refused);
            return new(isRefused, limit, Math.Max(0, limit.RequestsPerSecond - inWindow));
        }
    }

    public void Leave()
    {
        lock (gate)
            atOnce--;
    }
}

/// <param name="Headers">Each answer says how many requests are left, and until when.</param>
sealed record RateRule(int RequestsPerSecond, bool Headers);

/// <param name="MostAtOnce">Requests that were under way at the same time.</param>
sealed record RateCounts(int Answered, int Refused, int MostAtOnce);

sealed record RateAnswer(bool IsRefused, RateRule Rule, int Remaining);
