using Kombo.Core.Scheduling;

namespace Kombo.Core.Tests.Scheduling;

public class DurationsTests
{
    [Theory]
    [InlineData("90s", "1m30s")]
    [InlineData("15m", "15m")]
    [InlineData("1h30m", "1h30m")]
    [InlineData("24h", "24h")]
    [InlineData("1.5h", "1h30m")]
    [InlineData("500ms", "500ms")]
    [InlineData("1m500ms", "1m500ms")]
    [InlineData("30m1h", "1h30m")]
    [InlineData("0s", "0s")]
    [InlineData("8760h", "8760h")]
    public void Reads_and_writes(string text, string formatted)
    {
        Durations.TryParse(text, out var value).ShouldBeTrue();
        Durations.Format(value).ShouldBe(formatted);
        Durations.TryParse(formatted, out var again).ShouldBeTrue();
        again.ShouldBe(value);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("3")]
    [InlineData("3 hours")]
    [InlineData("h")]
    [InlineData("1d")]
    [InlineData("-1h")]
    [InlineData("+1h")]
    [InlineData("1h ")]
    [InlineData("1.h")]
    [InlineData(".5h")]
    [InlineData("1.2.3h")]
    [InlineData("1,5h")]
    [InlineData("1e3s")]
    [InlineData("PT1H")]
    [InlineData("01:00:00")]
    [InlineData("99999999999999999999999999999h")]
    [InlineData("999999999999999h")]
    [InlineData("1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h1h")]
    public void Refuses_what_is_no_duration(string? text) => Durations.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("999ms", "\"999ms\" is out of range: a frequency is from 1s to 8760h")]
    [InlineData("8761h", "\"8761h\" is out of range: a frequency is from 1s to 8760h")]
    [InlineData("3", "\"3\" is not a duration: write numbers with units (ms, s, m, h), like 90s, 15m or 1h30m")]
    [InlineData("1m", null)]
    [InlineData(null, null)]
    public void Says_what_is_wrong_and_what_to_write(string? text, string? message) =>
        Durations.Check(text, DurationBounds.Frequency).ShouldBe(message);
}
