using System.Diagnostics.Metrics;
using System.Text;

namespace Kombo.Operator.Metrics;

/// <summary>Names as Prometheus has them, by the rules of OpenTelemetry's Prometheus exporter. Pure.</summary>
static class MetricName
{
    /// <summary><c>kombo_sync_duration</c> in seconds is <c>kombo_sync_duration_seconds</c>; a counter ends with <c>_total</c>.</summary>
    public static string Of(string name, string? unit, bool isCounter)
    {
        var text = Clean(name, isLabel: false);
        if (SuffixOf(unit) is { } suffix && !text.EndsWith(suffix, StringComparison.Ordinal))
            text += suffix;
        return isCounter && !text.EndsWith("_total", StringComparison.Ordinal) ? $"{text}_total" : text;
    }

    public static string Label(string key) => Clean(key, isLabel: true);

    public static bool IsCounter(Instrument instrument) => IsGeneric(instrument, typeof(Counter<>), typeof(ObservableCounter<>));

    public static bool IsHistogram(Instrument instrument) => IsGeneric(instrument, typeof(Histogram<>));

    static bool IsGeneric(Instrument instrument, params ReadOnlySpan<Type> kinds) =>
        instrument.GetType() is { IsGenericType: true } type && kinds.Contains(type.GetGenericTypeDefinition());

    // Units in braces are words for people.
    static string? SuffixOf(string? unit) => unit switch
    {
        "s" => "_seconds",
        "ms" => "_milliseconds",
        "By" => "_bytes",
        _ => null,
    };

    static string Clean(string text, bool isLabel)
    {
        var clean = new StringBuilder(text.Length + 1);
        foreach (var letter in text)
            clean.Append(char.IsAsciiLetterOrDigit(letter) || (letter == ':' && !isLabel) ? letter : '_');
        if (clean.Length == 0 || char.IsAsciiDigit(clean[0]))
            clean.Insert(0, '_');
        return clean.ToString();
    }
}
