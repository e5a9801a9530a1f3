using System.Buffers;
using System.Globalization;
using System.Text;

namespace Kombo.Core.Scheduling;

/// <summary>Durations as text, the way Kubernetes' users write them: <c>90s</c>, <c>15m</c>, <c>1h30m</c>.</summary>
public static class Durations
{
    const string Remedy = "write numbers with units (ms, s, m, h), like 90s, 15m or 1h30m";
    const int LongestText = 32;
    static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <returns>False if the text is no duration, or one of more than some 10,000 years.</returns>
    public static bool TryParse(string? text, out TimeSpan value)
    {
        value = default;
        if (string.IsNullOrEmpty(text) || text.Length > LongestText)
            return false;
        var ticks = 0m;
        for (var rest = text.AsSpan(); rest.Length > 0;)
            if (!TryTakePart(ref rest, ref ticks))
                return false;
        if (ticks > TimeSpan.MaxValue.Ticks)
            return false;
        value = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    /// <summary>What is wrong with it and what to write; null if nothing is. An absent text is fine.</summary>
    public static string? Check(string? text, DurationBounds bounds)
    {
        if (text is null)
            return null;
        if (!TryParse(text, out var value))
            return $"\"{Shortened(text)}\" is not a duration: {Remedy}";
        return value < bounds.Least || value > bounds.Most
            ? $"\"{text}\" is out of range: {bounds.Name} is from {Format(bounds.Least)} to {Format(bounds.Most)}"
            : null;
    }

    /// <summary>Largest units first, none that is zero: <c>1h30m</c>, <c>24h</c>, <c>500ms</c>, <c>0s</c>.</summary>
    public static string Format(TimeSpan value)
    {
        if (value < TimeSpan.FromMilliseconds(1))
            return "0s";
        var text = new StringBuilder();
        Append(text, (long)value.TotalHours, "h");
        Append(text, value.Minutes, "m");
        Append(text, value.Seconds, "s");
        Append(text, value.Milliseconds, "ms");
        return text.ToString();
    }

    static bool TryTakePart(ref ReadOnlySpan<char> rest, ref decimal ticks)
    {
        var digits = rest.IndexOfAnyExcept(NumberCharacters);
        if (digits <= 0)
            return false;
        var number = rest[..digits];
        var (unit, length) = Unit(rest[digits..]);
        rest = rest[(digits + length)..];
        if (length == 0 || number[0] == '.' || number[^1] == '.'
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            || amount > long.MaxValue / unit)
            return false;
        ticks += amount * unit;
        return true;
    }

    static (long Ticks, int Length) Unit(ReadOnlySpan<char> text) => text switch
    {
        ['m', 's', ..] => (TimeSpan.TicksPerMillisecond, 2),
        ['s', ..] => (TimeSpan.TicksPerSecond, 1),
        ['m', ..] => (TimeSpan.TicksPerMinute, 1),
        ['h', ..] => (TimeSpan.TicksPerHour, 1),
        _ => (1, 0),
    };

    static void Append(StringBuilder text, long amount, string unit)
    {
        if (amount > 0)
            text.Append(CultureInfo.InvariantCulture, $"{amount}{unit}");
    }

    static string Shortened(string text) => text.Length <= LongestText ? text : text[..LongestText] + "…";
}

/// <summary>What a duration may be.</summary>
/// <param name="Name">For messages, e.g. "a frequency".</param>
public sealed record DurationBounds(string Name, TimeSpan Least, TimeSpan Most)
{
    public static DurationBounds Frequency { get; } =
        new("a frequency", TimeSpan.FromSeconds(1), TimeSpan.FromHours(8760));

    public static DurationBounds RetryDelay { get; } =
        new("a retry delay", TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));

    public static DurationBounds Deadline { get; } =
        new("a deadline", TimeSpan.FromMinutes(1), TimeSpan.FromHours(720));
}
