using System.Globalization;
using System.Text;

namespace Kombo.Operator.Metrics;

/// <summary>Labels as they stand between the braces. Pure.</summary>
static class LabelText
{
    /// <summary>In the order of their keys, so that the same labels are the same text.</summary>
    public static string Of(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return "";
        var ordered = tags.ToArray();
        Array.Sort(ordered, (one, other) => string.CompareOrdinal(one.Key, other.Key));
        var text = new StringBuilder();
        foreach (var (key, value) in ordered)
        {
            if (text.Length > 0)
                text.Append(',');
            text.Append(MetricName.Label(key)).Append("=\"");
            Escape(text, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "").Append('"');
        }
        return text.ToString();
    }

    public static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    static StringBuilder Escape(StringBuilder text, string value)
    {
        foreach (var letter in value)
            _ = letter switch
            {
                '\\' => text.Append("\\\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append("\\n"),
                _ => text.Append(letter),
            };
        return text;
    }
}
