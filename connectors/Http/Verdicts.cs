using System.Globalization;
using Kombo.Connectors.Expressions;

namespace Kombo.Connectors.Http;

/// <summary>Decides what an answer means, by the definition's rules first, then by what holds for all sources. Pure.</summary>
static class Verdicts
{
    // A number below this is a wait, not a point in time: some sources put seconds where others put an epoch.
    const double EpochFrom = 1_000_000;

    /// <param name="scope">With response and headers, for predicates.</param>
    /// <returns>The rule that applies; null if none does.</returns>
    public static ErrorRule? Rule(ErrorRules rules, int status, string? body, in EvaluationScope scope)
    {
        foreach (var rule in rules.Rules)
            if (rule.Codes.Contains(status)
                || (rule.Predicate is { } predicate && predicate.IsTrue(scope))
                || (rule.Contains is { } text && body?.Contains(text, StringComparison.OrdinalIgnoreCase) == true))
                return rule;
        return null;
    }

    public static ErrorAction Action(int status, bool hasRetryAfter) => status switch
    {
        >= 200 and < 300 => ErrorAction.Success,
        429 => ErrorAction.RateLimited,
        503 when hasRetryAfter => ErrorAction.RateLimited,
        408 or >= 500 => ErrorAction.Retry,
        _ => ErrorAction.Fail,
    };

    public static SourceFailure Kind(int status) => status switch
    {
        401 => SourceFailure.Authentication,
        403 => SourceFailure.Forbidden,
        404 => SourceFailure.NotFound,
        408 or >= 500 => SourceFailure.Unavailable,
        _ => SourceFailure.Configuration,
    };

    public static string Words(int status) => status switch
    {
        401 => "the source answered 401: the credentials are not accepted; put valid ones into the credentials Secret",
        403 => "the source answered 403: the credentials may not read this; grant it there, or leave its models out of the scope",
        404 => "the source answered 404: it does not have this; check the parameters, or leave its models out of the scope",
        429 => "the source limits the rate of requests",
        _ => string.Create(CultureInfo.InvariantCulture, $"the source answered {status}"),
    };

    /// <returns>How long to wait by the rules, else by <c>Retry-After</c>; null where nothing says.</returns>
    public static TimeSpan? Delay(IEnumerable<WaitRule> rules, HeaderView headers, int attempt, DateTimeOffset now)
    {
        foreach (var rule in rules)
            if (Delay(rule, headers, attempt, now) is { } delay)
                return delay;
        return RetryAfter(headers, now);
    }

    static TimeSpan? Delay(WaitRule rule, HeaderView headers, int attempt, DateTimeOffset now) => rule switch
    {
        WaitRule.Constant constant => constant.Delay,
        WaitRule.Exponential exponential => Seconds(exponential.Factor * Math.Pow(2, Math.Min(attempt, 30))),
        WaitRule.SecondsIn seconds => Number(headers.Text(seconds.Header), seconds.Pattern) is { } number ? Seconds(number) : null,
        WaitRule.UntilIn until when Number(headers.Text(until.Header), until.Pattern) is { } number =>
            Longer(until.Least, number < EpochFrom ? Seconds(number) : Until(number, now)),
        _ => null,
    };

    static TimeSpan? RetryAfter(HeaderView headers, DateTimeOffset now)
    {
        if (headers.Text("retry-after") is not { } text)
            return null;
        if (Number(text, pattern: null) is { } seconds)
            return Seconds(seconds);
        return DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? Longer(TimeSpan.Zero, at - now)
            : null;
    }

    static double? Number(string? text, System.Text.RegularExpressions.Regex? pattern)
    {
        if (text is null)
            return null;
        if (pattern?.Match(text) is { } match)
            text = match.Groups.Count > 1 ? match.Groups[1].Value : match.Value;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    static TimeSpan Until(double epochSeconds, DateTimeOffset now) =>
        Seconds(epochSeconds - (now - DateTimeOffset.UnixEpoch).TotalSeconds);

    static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, TimeSpan.FromDays(1).TotalSeconds));

    static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
