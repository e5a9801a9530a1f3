using System.Globalization;
using System.Text.RegularExpressions;
using Kombo.Core.Runs;

namespace Kombo.Connectors.Http;

/// <summary>Names of headers that a definition gives; null: those that are common.</summary>
sealed record RateHeaderNames(string? Remaining, string? Reset)
{
    public static RateHeaderNames Common { get; } = new(null, null);
}

/// <summary>What the headers of an answer tell of the rate: those that a definition names, <c>X-RateLimit-*</c>,
/// <c>X-Rate-Limit-*</c>, <c>RateLimit-*</c>, and the <c>RateLimit</c> of the IETF's draft in its older and newer form. Pure.</summary>
static partial class RateHeaders
{
    // A number below is a time from now, one above an instant in milliseconds, those between an instant in seconds.
    const double EpochFrom = 1_000_000;
    const double MillisecondsFrom = 100_000_000_000;
    static readonly string[] Prefixes = ["x-ratelimit-", "x-rate-limit-", "ratelimit-"];

    /// <param name="now">By the source's clock, as far as it tells.</param>
    /// <returns>Nulls where nothing is said, or nothing that can be understood.</returns>
    public static RateSignal Read(RateOutcome outcome, HeaderView headers, RateHeaderNames names, DateTimeOffset now)
    {
        var signal = new RateSignal(outcome)
        {
            Limit = Count(Common(headers, "limit")),
            Remaining = Count(names.Remaining is { } remaining ? headers.Text(remaining) : Common(headers, "remaining")),
            ResetsIn = Until(names.Reset is { } reset ? headers.Text(reset) : Common(headers, "reset"), now),
        };
        return signal.Remaining is null && names == RateHeaderNames.Common && headers.Text("ratelimit") is { } combined
            ? Combined(signal, combined) : signal;
    }

    static string? Common(HeaderView headers, string what)
    {
        foreach (var prefix in Prefixes)
            if (headers.Text(prefix + what) is { } text)
                return text;
        return null;
    }

    // limit=100, remaining=50, reset=5 — or "default";r=50;t=5, of which several may be listed: the scarcest counts.
    static RateSignal Combined(RateSignal signal, string text)
    {
        var policies = text.Contains("remaining=", StringComparison.OrdinalIgnoreCase) ? [text] : text.Split(',');
        return policies
            .Select(policy => signal with
            {
                Limit = signal.Limit ?? Count(Named(policy, "limit")),
                Remaining = Count(Named(policy, "remaining") ?? Named(policy, "r")),
                ResetsIn = Seconds(Number(Named(policy, "reset") ?? Named(policy, "t"))),
            })
            .Where(told => told is { Remaining: not null, ResetsIn: not null })
            .MinBy(told => told.Remaining) ?? signal;
    }

    static string? Named(string policy, string key)
    {
        foreach (Match pair in Pair().Matches(policy))
            if (pair.Groups["key"].ValueSpan.Equals(key, StringComparison.OrdinalIgnoreCase))
                return pair.Groups["value"].Value;
        return null;
    }

    // Some list the policy behind the number: 100, 100;w=60.
    static long? Count(string? text) =>
        long.TryParse(text.AsSpan().TrimStart(), NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? whole
        : text is not null && First().Match(text) is { Success: true } first
            && long.TryParse(first.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var leading) ? leading
        : null;

    static TimeSpan? Until(string? text, DateTimeOffset now) => Number(text) switch
    {
        null => null,
        < EpochFrom and var seconds => Seconds(seconds),
        >= MillisecondsFrom and var milliseconds => Seconds((milliseconds / 1000) - Epoch(now)),
        { } instant => Seconds(instant - Epoch(now)),
    };

    static double Epoch(DateTimeOffset now) => (now - DateTimeOffset.UnixEpoch).TotalSeconds;

    static double? Number(string? text) => double.TryParse(
        text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
        CultureInfo.InvariantCulture, out var number) ? number : null;

    static TimeSpan? Seconds(double? seconds) =>
        seconds is > 0 and <= 86_400 and { } sane ? TimeSpan.FromSeconds(sane) : null;

    [GeneratedRegex("""(?<![\w-])(?<key>[A-Za-z]+)=(?<value>\d+(\.\d+)?)""")]
    private static partial Regex Pair();

    [GeneratedRegex(@"^\s*\d{1,18}(?=\s*[,;])")]
    private static partial Regex First();
}
