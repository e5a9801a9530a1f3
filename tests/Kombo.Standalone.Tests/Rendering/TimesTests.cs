using Kombo.Standalone.Rendering;

namespace Kombo.Standalone.Tests.Rendering;

public sealed class TimesTests
{
    [Theory]
    [InlineData("00:00:00.4", "0s")]
    [InlineData("00:00:45", "45s")]
    [InlineData("00:01:59", "119s")]
    [InlineData("00:03:20", "3m20s")]
    [InlineData("00:05:00", "5m")]
    [InlineData("00:59:59", "59m")]
    [InlineData("02:30:00", "2h30m")]
    [InlineData("05:00:00", "5h")]
    [InlineData("30:00:00", "30h")]
    [InlineData("3.00:00:00", "3d")]
    public void Spans_are_short(string span, string expected) => Times.Short(ParseSpan(span)).ShouldBe(expected);

    [Fact]
    public void What_is_due_is_now() => Times.Until(Sample.At("08:00:00"), Sample.Now).ShouldBe("now");

    [Fact]
    public void Another_day_is_shown_with_its_date() =>
        Times.Clock(Sample.Now.AddDays(1), Sample.Now).ShouldBe("2026-01-06 09:00:00");

    static TimeSpan ParseSpan(string text) => text.StartsWith("30:", StringComparison.Ordinal)
        ? TimeSpan.FromHours(30)
        : TimeSpan.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
