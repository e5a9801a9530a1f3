namespace Kombo.Core.Runs;

/// <summary>What a connector's definition says of the rate.</summary>
/// <param name="Concurrency">Requests at a time, of all runs of an Integration together; at least 1.</param>
/// <param name="PerMinute">Requests a minute; null: it does not say.</param>
public sealed record RateLimits(int Concurrency, int? PerMinute)
{
    /// <summary>As many as there are runs of an Integration, each of which makes one request at a time.</summary>
    public static RateLimits Default { get; } = new(SyncTypeRules.Reading.Length, PerMinute: null);
}

/// <summary>What is known of how often a source may be asked for an Integration. Times by the database's clock.</summary>
/// <param name="Window">Requests at a time; its whole part counts.</param>
public sealed record RateState(double Window)
{
    /// <summary>Nobody has ever been limited.</summary>
    public static RateState New(RateLimits limits) => new(limits.Concurrency);

    /// <summary>When the last request was let through; null: none that was counted.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>The source is left alone until then; null: it never asked for that.</summary>
    public DateTimeOffset? BlockedUntil { get; init; }

    /// <summary>When it last refused; null: never.</summary>
    public DateTimeOffset? LimitedAt { get; init; }

    /// <summary>Requests a second that were taken for bearable at <see cref="LimitedAt"/>; null: not known.</summary>
    public double? PerSecond { get; init; }

    /// <summary>Requests that the source allows until <see cref="ResetsAt"/>, as far as it says.</summary>
    public long? Quota { get; init; }

    /// <summary>Those of them that are left.</summary>
    public long? Remaining { get; init; }

    public DateTimeOffset? ResetsAt { get; init; }
}

/// <summary>All that a rule about the rate may depend on.</summary>
/// <param name="Now">By the database's clock.</param>
public sealed record RateMoment(RateState State, RateLimits Limits, DateTimeOffset Now);

/// <summary>How a request ended, as far as it matters to the rate.</summary>
public enum RateOutcome
{
    Answered,

    /// <summary>Refused for asking too often.</summary>
    Limited,

    /// <summary>Nothing came that says anything about the rate.</summary>
    Failed,
}

/// <summary>What one answer tells of the rate.</summary>
public sealed record RateSignal(RateOutcome Outcome)
{
    /// <summary>For how long the source, or the definition, asks to be left alone; null: neither says.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>Of the header; null: it does not say.</summary>
    public long? Limit { get; init; }

    /// <summary>Requests that are left, of the header; null: it does not say.</summary>
    public long? Remaining { get; init; }

    /// <summary>From now; null: it does not say.</summary>
    public TimeSpan? ResetsIn { get; init; }

    /// <summary>From sending the request to its answer.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Requests a second of the run that asked, of late; null: too few to tell.</summary>
    public double? PerSecond { get; init; }
}

/// <summary>A run of the Integration that wants to ask the source, or does.</summary>
/// <param name="IsAsking">A request of its is under way; else it waits for its turn.</param>
/// <param name="Since">For how long it has been asking, or waiting.</param>
public sealed record RateAsker(SyncType Type, bool IsAsking, TimeSpan Since);

/// <summary>Whether a run may ask the source.</summary>
/// <param name="Wait">Zero: it may, now. Else it is to come again after that time.</param>
/// <param name="Reason">Of the wait, in words.</param>
public sealed record RateTurn(TimeSpan Wait, string Reason)
{
    public static RateTurn Now { get; } = new(TimeSpan.Zero, "");

    public bool IsNow => Wait <= TimeSpan.Zero;
}
