using System.Globalization;

namespace Kombo.Core.Tests.Planning;

static class An
{
    /// <summary>A new Integration "acme" at 09:00, never synced, full every 10h, delta not supported, nothing in its
    /// way.</summary>
    public static ObservationBuilder Observation() => new();

    /// <summary>A time of 1 March 2026, or of a later day: <c>14:00</c>, <c>14:00:05</c>, <c>00:00+1</c>.</summary>
    public static DateTimeOffset Time(string text)
    {
        var parts = text.Split('+');
        var time = TimeSpan.Parse(parts[0], CultureInfo.InvariantCulture);
        var day = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        return new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day) + time;
    }

    public static string Text(DateTimeOffset? time)
    {
        if (time is not { } at)
            return "-";
        var since = at - Time("00:00");
        var clock = (since.Seconds, since.Milliseconds) switch
        {
            (0, 0) => "hh\\:mm",
            (_, 0) => "hh\\:mm\\:ss",
            _ => "hh\\:mm\\:ss\\.fff",
        };
        return since.ToString(clock, CultureInfo.InvariantCulture)
            + (since.Days > 0 ? string.Create(CultureInfo.InvariantCulture, $"+{since.Days}") : "");
    }
}
