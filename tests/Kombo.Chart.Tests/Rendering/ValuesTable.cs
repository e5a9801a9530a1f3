namespace Kombo.Chart.Tests.Rendering;

/// <param name="Default">As values.yaml has it.</param>
sealed record ValueRow(string Path, string Default, string Meaning);

/// <summary>The table of values, made from values.yaml: a comment above a value says what it means.</summary>
static class ValuesTable
{
    const int Indent = 2;

    public static string Of(string yaml) => "| Value | Default | Meaning |\n|---|---|---|\n" + string.Concat(
        Rows(yaml).Select(row => $"| `{row.Path}` | `{row.Default}` | {row.Meaning} |\n"));

    /// <summary>Values that hold no further ones, in order. A block below a commented value is its default.</summary>
    public static IReadOnlyList<ValueRow> Rows(string yaml)
    {
        var rows = new List<ValueRow>();
        var path = new Stack<string>();
        var comment = "";
        var block = int.MaxValue; // deeper lines belong to the last row's default
        foreach (var line in yaml.Split('\n'))
        {
            var depth = (line.Length - line.TrimStart().Length) / Indent;
            var text = line.Trim();
            if (text.Length == 0)
                comment = "";
            else if (text[0] == '#')
                comment = $"{comment} {text[1..].Trim()}".Trim();
            else if (depth > block)
                rows[^1] = rows[^1] with { Default = Extend(rows[^1].Default, text) };
            else
            {
                var (key, value) = Split(text);
                while (path.Count > depth)
                    path.Pop();
                path.Push(key);
                block = value.Length == 0 && comment.Length > 0 ? depth : int.MaxValue;
                if (value.Length > 0 || comment.Length > 0)
                    rows.Add(new(string.Join('.', path.Reverse()), value, comment));
                comment = "";
            }
        }
        return rows;
    }

    static (string Key, string Value) Split(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return (text[..colon], text[(colon + 1)..].Trim());
    }

    static string Extend(string value, string text) => value.Length == 0 ? text : $"{value}, {text}";
}
