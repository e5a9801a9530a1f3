using System.Globalization;
using System.Text;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Times;

namespace Kombo.Connectors.Tests.Times;

public sealed class DateTimeFormatTests
{
    public static TheoryData<string, string, string?> Read => new()
    {
        { "rfc3339", "2026-01-05T09:30:00Z", "2026-01-05T09:30:00.0000000" },
        { "rfc3339", "2026-01-05T09:30:00.123Z", "2026-01-05T09:30:00.1230000" },
        { "rfc3339", "2026-01-05T09:30:00+01:00", "2026-01-05T08:30:00.0000000" },
        { "rfc3339", "2026-01-05T09:30:00.123456789-0230", "2026-01-05T12:00:00.1234567" },
        { "rfc3339", "2026-01-05 09:30:00z", "2026-01-05T09:30:00.0000000" },
        { "rfc3339", "2026-01-05T09:30Z", "2026-01-05T09:30:00.0000000" },
        { "rfc3339", "2026-01-05T09:30:00", null },
        { "rfc3339", "2026-01-05", null },
        { "rfc3339", "2026-02-29T00:00:00Z", null },
        { "rfc3339", "2026-01-05T24:00:00Z", null },
        { "rfc3339", "2026-01-05T09:30:00.Z", null },
        { "rfc3339", "2026-01-05T09:30:00Z ", null },
        { "rfc3339", "0001-01-01T00:00:00+01:00", null },
        { "rfc3339", "9999-12-31T23:59:59-01:00", null },
        { "rfc3339", "", null },
        { "%Y-%m-%dT%H:%M:%S.%_msZ", "2026-01-05T09:30:00.250Z", "2026-01-05T09:30:00.2500000" },
        { "%Y-%m-%dT%H:%M:%S.%fZ", "2026-01-05T09:30:00.000001Z", "2026-01-05T09:30:00.0000010" },
        { "%Y-%m-%dT%H:%M:%S%z", "2026-01-05T09:30:00+02:00", "2026-01-05T07:30:00.0000000" },
        { "%Y-%m-%d %H:%M", "2026-01-05 09:30", "2026-01-05T09:30:00.0000000" },
        { "%d.%m.%Y", "05.01.2026", "2026-01-05T00:00:00.0000000" },
        { "%d.%m.%Y", "31.02.2026", null },
        { "%Y-%m-%d", "2026-01-05x", null },
        { "%s", "1767605400", "2026-01-05T09:30:00.0000000" },
        { "%s", "1767605400.75", "2026-01-05T09:30:00.0000000" },
        { "epoch_milliseconds", "1767605400250", "2026-01-05T09:30:00.2500000" },
        { "%epoch_microseconds", "1767605400250001", "2026-01-05T09:30:00.2500010" },
        { "epoch_seconds", "-86400", "1969-12-31T00:00:00.0000000" },
        { "epoch_seconds", "99999999999999", null },
        { "epoch_seconds", "soon", null },
    };

    [Theory, MemberData(nameof(Read))]
    public void Reads(string format, string text, string? expected)
    {
        var isRead = DateTimeFormat.Parse(format).TryParse(Encoding.UTF8.GetBytes(text), out var value);
        (isRead ? value.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture) : null).ShouldBe(expected);
    }

    [Theory]
    [InlineData("rfc3339", "2026-01-05T09:30:00.2500000Z")]
    [InlineData("%Y-%m-%dT%H:%M:%S.%_msZ", "2026-01-05T09:30:00.250Z")]
    [InlineData("%Y-%m-%dT%H:%M:%S.%fZ", "2026-01-05T09:30:00.250000Z")]
    [InlineData("%Y-%m-%dT%H:%M:%S%z", "2026-01-05T09:30:00+0000")]
    [InlineData("%s", "1767605400")]
    [InlineData("%ms", "1767605400250")]
    [InlineData("%d/%m/%Y 100%%", "05/01/2026 100%")]
    public void Writes_in_UTC(string format, string expected) =>
        DateTimeFormat.Parse(format).Format(new DateTimeOffset(2026, 1, 5, 10, 30, 0, 250, TimeSpan.FromHours(1))).ShouldBe(expected);

    [Theory]
    [InlineData("%A")]
    [InlineData("%Y-%")]
    [InlineData("")]
    public void Letters_that_are_not_known_are_refused(string format) =>
        Should.Throw<ExpressionException>(() => DateTimeFormat.Parse(format));

    [Theory]
    [InlineData("2026-01-05", true)]
    [InlineData("2026-01-05T23:59:59-11:00", true)]
    [InlineData("2026-01-05T00:00:00", true)]
    [InlineData("2026-01-05Tomorrow", false)]
    [InlineData("2026-1-5", false)]
    public void A_day_is_the_day_that_is_written(string text, bool isDay)
    {
        Rfc3339.TryParseDay(Encoding.UTF8.GetBytes(text), out var day).ShouldBe(isDay);
        if (isDay)
            day.ShouldBe(new DateOnly(2026, 1, 5));
    }

    [Theory]
    [InlineData("PT5M", 300)]
    [InlineData("P1DT1H", 90000)]
    [InlineData("P2W", 1209600)]
    [InlineData("PT0S", 0)]
    [InlineData("P1M", null)]
    [InlineData("P1Y", null)]
    [InlineData("-PT1M", null)]
    [InlineData("P", null)]
    [InlineData("PT", null)]
    [InlineData("5m", null)]
    public void Durations_have_a_fixed_length(string text, int? seconds) =>
        ((int?)IsoDuration.Parse(text)?.TotalSeconds).ShouldBe(seconds);
}
