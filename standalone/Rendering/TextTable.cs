using System.Text;

namespace Kombo.Standalone.Rendering;

/// <summary>Columns as kubectl prints them: upper-case headings, three spaces between.</summary>
internal sealed class TextTable(params IReadOnlyList<string> headings)
{
    const int Gap = 3;

    readonly List<IReadOnlyList<string>> rows = [];

    public TextTable Add(IReadOnlyList<string> row)
    {
        rows.Add(row);
        return this;
    }

    /// <summary>With a line feed after each line.</summary>
    public override string ToString()
    {
        IReadOnlyList<IReadOnlyList<string>> lines = [headings, .. rows];
        var widths = headings.Select((_, column) => lines.Max(line => line[column].Length)).ToList();
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            var cells = line.Select((cell, column) => cell.PadRight(widths[column]));
            text.Append(string.Join(new string(' ', Gap), cells).TrimEnd()).Append('\n');
        }

        return text.ToString();
    }
}
