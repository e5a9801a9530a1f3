using System.Globalization;

namespace Kombo.Standalone.Rendering;

/// <summary>Times as people say them.</summary>
internal static class Times
{
    public const string None = "-";

    /// <summary>Two digits of precision are enough for a table: 45s, 3m20s, 5h, 12d.</summary>
    public static string Short(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } => "0s",
        { TotalMinutes: < 2 } => Text($"{(int)span.TotalSeconds}s"),
        { TotalMinutes: < 10 } when span.Seconds > 0 => Text($"{(int)span.TotalMinutes}m{span.Seconds}s"),
        { TotalHours: < 2 } => Text($"{(int)span.TotalMinutes}m"),
        { TotalHours: < 10 } when span.Minutes > 0 => Text($"{(int)span.TotalHours}h{span.Minutes}m"),
        { TotalDays: < 2 } => Text($"{(int)span.TotalHours}h"),
        _ => Text($"{(int)span.TotalDays}d"),
    };

    public static string Age(DateTimeOffset? time, DateTimeOffset now) => time is { } then ? Short(now - then) : None;

    public static string Ago(DateTimeOffset? time, DateTimeOffset now) =>
        time is { } then ? $"{Short(now - then)} ago" : None;

    /// <summary>"now" for what is due.</summary>
    public static string Until(DateTimeOffset? time, DateTimeOffset now) => time switch
    {
        null => None,
        { } then when then <= now => "now",
        { } then => $"in {Short(then - now)}",
    };

    /// <summary>Of the day where it is today, else with the date; UTC.</summary>
    public static string Clock(DateTimeOffset time, DateTimeOffset now) => time.UtcDateTime.ToString(
        time.UtcDateTime.Date == now.UtcDateTime.Date ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss",
        CultureInfo.InvariantCulture);

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
