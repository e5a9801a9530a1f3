using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Kombo.Benchmarks;

/// <param name="Value">Null: it was not measured.</param>
/// <param name="Goal">To reach; empty where there is none.</param>
sealed record Figure(string Key, double? Value, string Goal = "");

/// <summary>The figures of a benchmark as a file and as a table.</summary>
sealed record Report(IReadOnlyList<Figure> Figures)
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public void Save(string path)
    {
        var json = new JsonObject();
        foreach (var figure in Figures)
            json[figure.Key] = figure.Value is { } number ? Math.Round(number, 3) : null;
        json["cores"] = Environment.ProcessorCount;
        File.WriteAllText(path, json.ToJsonString(Indented) + "\n");
    }

    public void Print()
    {
        var table = new Table().AddColumns("figure", "value", "to reach");
        table.Columns[1].RightAligned();
        foreach (var (key, value, goal) in Figures)
            table.AddRow(key, Text(value), goal);
        AnsiConsole.Write(table);
    }

    static string Text(double? value) => value switch
    {
        null => "not measured",
        { } number when number == Math.Floor(number) || number >= 1000 => number.ToString("0"),
        { } number => number.ToString("0.00"),
    };
}
