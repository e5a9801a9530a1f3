using System.Globalization;
using Kombo.Connectors.Http;
using Kombo.Core.Runs;

namespace Kombo.Connectors.Tests.Http;

public sealed class RateHeadersTests
{
    static readonly DateTimeOffset Now = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero); // 1767603600

    public static TheoryData<string, string, string> Told => new()
    {
        { "X-RateLimit", "X-RateLimit-Limit: 50|X-RateLimit-Remaining: 12|X-RateLimit-Reset: 30", "12 of 50, 30 s" },
        { "in any case, with fractions", "x-ratelimit-limit: 50|X-RATELIMIT-REMAINING: 12|x-ratelimit-reset: 0.5", "12 of 50, 0.5 s" },
        { "X-Rate-Limit, until an instant", "X-Rate-Limit-Limit: 600|X-Rate-Limit-Remaining: 0|X-Rate-Limit-Reset: 1767603660", "0 of 600, 60 s" },
        { "an instant in milliseconds", "X-RateLimit-Remaining: 3|X-RateLimit-Reset: 1767603605000", "3 of ?, 5 s" },
        { "RateLimit, with its policy", "RateLimit-Limit: 100, 100;w=60|RateLimit-Remaining: 80|RateLimit-Reset: 7", "80 of 100, 7 s" },
        { "combined, older form", "RateLimit: limit=100, remaining=50, reset=5", "50 of 100, 5 s" },
        { "combined, newer form", "RateLimit: \"default\";r=50;t=30", "50 of ?, 30 s" },
        { "combined, the scarcest of several", "RateLimit: \"hour\";r=500;t=1800, \"minute\";r=2;t=10", "2 of ?, 10 s" },
        { "nothing", "X-Other: 1", "? of ?, ?" },
        { "without an end", "X-RateLimit-Limit: 30|X-RateLimit-Remaining: 4", "4 of 30, ?" },
        { "words", "X-RateLimit-Limit: many|X-RateLimit-Remaining: some|X-RateLimit-Reset: soon", "? of ?, ?" },
        { "below zero", "X-RateLimit-Remaining: -1|X-RateLimit-Reset: -5", "? of ?, ?" },
        { "an instant that has passed", "X-RateLimit-Remaining: 4|X-RateLimit-Reset: 1767603599", "4 of ?, ?" },
        { "an instant in a year", "X-RateLimit-Remaining: 4|X-RateLimit-Reset: 1799139600", "4 of ?, ?" },
        { "a number beyond all", "X-RateLimit-Remaining: 99999999999999999999|X-RateLimit-Reset: 1e999", "? of ?, ?" },
        { "an infinite one", "X-RateLimit-Remaining: 4|X-RateLimit-Reset: Infinity", "4 of ?, ?" },
        { "a combined one that is broken", "RateLimit: ;;r=;t=x,,=", "? of ?, ?" },
        { "twice", "X-RateLimit-Remaining: 4|X-RateLimit-Remaining: 5|X-RateLimit-Reset: 3", "4 of ?, 3 s" },
    };

    [Theory, MemberData(nameof(Told))]
    public void Says(string rule, string headers, string expected) =>
        Describe(RateHeaders.Read(RateOutcome.Answered, View(headers), RateHeaderNames.Common, Now)).ShouldBe(expected, rule);

    [Fact]
    public void What_a_definition_names_is_read_instead()
    {
        const string both = "X-Left: 7|X-Until: 9|X-RateLimit-Remaining: 1|X-RateLimit-Reset: 1|RateLimit: \"default\";r=2;t=2";
        Describe(RateHeaders.Read(RateOutcome.Answered, View(both), new("X-Left", "x-until"), Now)).ShouldBe("7 of ?, 9 s");
        Describe(RateHeaders.Read(RateOutcome.Answered, View(both), new("X-Absent", Reset: null), Now)).ShouldBe("? of ?, 1 s");
    }

    static HeaderView View(string headers)
    {
        using var response = new HttpResponseMessage();
        foreach (var line in headers.Split('|'))
            response.Headers.TryAddWithoutValidation(line.Split(": ")[0], line.Split(": ")[1]);
        return new(response.Headers, response.Content.Headers);
    }

    static string Describe(RateSignal signal) => string.Create(
        CultureInfo.InvariantCulture,
        $"{signal.Remaining?.ToString(CultureInfo.InvariantCulture) ?? "?"} of {signal.Limit?.ToString(CultureInfo.InvariantCulture) ?? "?"}, {(signal.ResetsIn is { } rest ? $"{rest.TotalSeconds} s" : "?")}");
}
