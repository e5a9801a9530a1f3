namespace Kombo.Core.Runs;

/// <summary>How often the runs of one Integration may ask their source, together. Each request that is refused halves how many
/// there may be at a time and how many a second; each that is answered adds a little again. Where the source says how many
/// requests are left, they are spread over the rest of its time before it refuses any.</summary>
public static class RateRules
{
    const string Refused = "the source limits the rate of requests";

    /// <summary>After a refusal the rate that was taken for bearable grows by itself once in this time.</summary>
    static readonly TimeSpan Regrowth = TimeSpan.FromMinutes(1);

    /// <summary>A refusal is forgotten after it.</summary>
    static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    /// <summary>A source that asks for no wait, or for none to speak of, is left alone for this time.</summary>
    static readonly TimeSpan ShortestBlock = TimeSpan.FromSeconds(1);

    /// <summary>Whatever a source says: after this time it is asked again.</summary>
    static readonly TimeSpan LongestBlock = TimeSpan.FromMinutes(15);

    /// <summary>A source that speaks of a later time than that is not believed.</summary>
    static readonly TimeSpan LongestWindow = TimeSpan.FromDays(1);

    /// <summary>A full sync lets waiting runs of other types ask first, at most for this time.</summary>
    static readonly TimeSpan LongestCourtesy = TimeSpan.FromMinutes(1);

    /// <summary>No request takes so long: the end of one that is older was not told, as the database was away.</summary>
    static readonly TimeSpan LongestRequest = TimeSpan.FromMinutes(5);

    /// <summary>Whoever waits for others looks again after it.</summary>
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>Sources give whole seconds: two ends that are no further apart are the same.</summary>
    static readonly TimeSpan SameReset = TimeSpan.FromSeconds(2);

    /// <summary>Of more than that, what is left is not spread: a source with so much time is asked until it refuses.</summary>
    static readonly TimeSpan LongestSpread = TimeSpan.FromHours(1);

    const double SlowestPerSecond = 1.0 / 30;

    /// <summary>What may stand there by the rules: a clock that was set back has left later times, which would hold up all requests
    /// until it has caught up.</summary>
    public static RateState Believable(RateState state, DateTimeOffset now) => state with
    {
        AskedAt = Earlier(state.AskedAt, now),
        LimitedAt = Earlier(state.LimitedAt, now),
        BlockedUntil = Earlier(state.BlockedUntil, now + LongestBlock),
        ResetsAt = Earlier(state.ResetsAt, now + LongestWindow),
    };

    /// <summary>Nothing limits anything: requests need not be counted.</summary>
    public static bool IsFree(RateMoment at) =>
        at.Limits.PerMinute is null
        && at.Limits.Concurrency >= SyncTypeRules.Reading.Length
        && at.State.Window >= at.Limits.Concurrency
        && !(at.State.BlockedUntil > at.Now)
        && PerSecond(at.State, at.Now) is null
        && !IsShort(at.State, at.Now);

    /// <summary>Has to be told to the other runs, also where nothing limited anything so far.</summary>
    public static bool IsNews(RateSignal signal) =>
        signal.Outcome == RateOutcome.Limited
        || (signal is { Remaining: { } left, ResetsIn: not null } && left * 2 <= (signal.Limit ?? 0));

    /// <param name="asker">Waits for its turn.</param>
    /// <param name="others">The other runs of the Integration that ask or wait.</param>
    public static RateTurn Turn(RateMoment at, RateAsker asker, IReadOnlyCollection<RateAsker> others)
    {
        var (state, limits, now) = at;
        if (state.BlockedUntil is { } blocked && blocked > now)
            return new(Shorter(blocked - now, LongestBlock), Refused);
        if (Ready(at, asker.Type) is { } ready && ready.At > now)
            return new(ready.At - now, ready.Reason);
        var waited = state.BlockedUntil is { } end ? Shorter(asker.Since, now - end) : asker.Since;
        if (asker.Type == SyncType.Full && waited < LongestCourtesy
            && others.Any(other => other is { IsAsking: false, Type: not SyncType.Full }))
            return new(Look, $"{Refused}, and a delta or webhook run asks first");
        return others.Count(other => other.IsAsking && other.Since < LongestRequest) >= (int)Math.Min(state.Window, limits.Concurrency)
            ? new(Look, "the source is asked by as many runs of the Integration as may ask it at a time")
            : RateTurn.Now;
    }

    /// <summary>A request is let through.</summary>
    public static RateState Enter(RateMoment at) => at.State with
    {
        AskedAt = at.Now,
        Remaining = at.State.Remaining is > 0 and var left ? left - 1 : at.State.Remaining,
    };

    /// <summary>A request has ended.</summary>
    public static RateState After(RateMoment at, RateSignal signal)
    {
        var sentAt = at.Now - signal.Took;
        var (window, most) = (Math.Clamp(at.State.Window, 1, at.Limits.Concurrency), at.Limits.Concurrency);
        var state = Counted(at.State, signal, at.Now) with
        {
            Window = window,
            AskedAt = at.State.AskedAt > sentAt ? at.State.AskedAt : sentAt,
        };
        return signal.Outcome switch
        {
            RateOutcome.Answered => state with { Window = Math.Min(window + (1 / window), most) },
            // One that was under way when the source began to refuse tells nothing new, but perhaps of a longer wait.
            RateOutcome.Limited when state.LimitedAt >= sentAt => Blocked(state, signal, at.Now),
            RateOutcome.Limited => Blocked(state, signal, at.Now) with
            {
                Window = Math.Max(1, window / 2),
                LimitedAt = at.Now,
                PerSecond = (PerSecond(state, at.Now) ?? Sane(signal.PerSecond)) is { } rate ? Math.Max(rate / 2, SlowestPerSecond) : null,
            },
            _ => state,
        };
    }

    static RateState Blocked(RateState state, RateSignal signal, DateTimeOffset now)
    {
        var until = now + Shorter(LongestBlock, Longer(ShortestBlock, signal.Wait ?? ShortestBlock));
        return state with { BlockedUntil = state.BlockedUntil > until ? state.BlockedUntil : until };
    }

    static RateState Counted(RateState state, RateSignal signal, DateTimeOffset now)
    {
        if (signal is not { Remaining: { } left and >= 0, ResetsIn: { } rest } || rest <= TimeSpan.Zero || rest > LongestWindow)
            return state;
        var resetsAt = now + rest;
        var known = state.ResetsAt is { } before && (before - resetsAt).Duration() <= SameReset ? state.Quota ?? 0 : 0;
        return state with { Quota = Math.Max(Math.Max(left, known), signal.Limit ?? 0), Remaining = left, ResetsAt = resetsAt };
    }

    // What is bearable grows from what was left after the last refusal, and is forgotten with it.
    static double? PerSecond(RateState state, DateTimeOffset now) =>
        state is { PerSecond: { } rate, LimitedAt: { } limited } && now - limited < Memory
            ? rate * (1 + (Longer(now - limited, TimeSpan.Zero) / Regrowth)) : null;

    static double? Sane(double? perSecond) => perSecond is > 0 and < 1e6 ? perSecond : null;

    // Half of what a source allows may go as fast as it will: small syncs are over then.
    static bool IsShort(RateState state, DateTimeOffset now) =>
        state is { Remaining: { } left, Quota: { } quota, ResetsAt: { } reset }
        && reset > now && reset - now <= LongestSpread && left * 2 <= quota;

    /// <returns>When the next request may go, at the earliest, and why not sooner; null: at any time.</returns>
    static (DateTimeOffset At, string Reason)? Ready(RateMoment at, SyncType type)
    {
        var (state, limits, now) = at;
        if (state.AskedAt is not { } last)
            return null;
        var (gap, reason) = (TimeSpan.Zero, "");
        if (limits.PerMinute is { } perMinute)
            (gap, reason) = (TimeSpan.FromMinutes(1) / perMinute, $"the connector allows {perMinute} requests a minute");
        if (PerSecond(state, now) is { } rate && TimeSpan.FromSeconds(1) / rate is var learned && learned > gap)
            (gap, reason) = (learned, Refused);
        if (IsShort(state, now) && Spread(state, type, last) is var spread && spread > gap)
            (gap, reason) = (spread, Refused);
        return (last + Shorter(gap, LongestBlock), reason);
    }

    // A tenth of what the source allows is left to delta and webhook runs. Not null: IsShort has looked.
    static TimeSpan Spread(RateState state, SyncType type, DateTimeOffset last)
    {
        var mine = state.Remaining!.Value - (type == SyncType.Full ? state.Quota!.Value / 10 : 0);
        return Longer(state.ResetsAt!.Value - last, TimeSpan.Zero) / (Math.Max(mine, 0) + 1);
    }

    static DateTimeOffset? Earlier(DateTimeOffset? time, DateTimeOffset bound) => time > bound ? bound : time;

    static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
