using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Kombo.Benchmarks.SyncStarts;

/// <summary>The figures as a file and as a table.</summary>
/// <param name="Default">The yardstick with its own limits; null: it was left out.</param>
/// <param name="Raised">The yardstick with raised limits; null: it was left out.</param>
sealed record SyncStartReport(int Integrations, OperatorFigures Operator, Delays? Default, Delays? Raised)
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    IEnumerable<(string Key, double? Value, string Goal)> Rows =>
    [
        ("integrations", Integrations, ""),
        ("first_job_s", Operator.Delays.First, ""),
        ("p50_start_delay_s", Operator.Delays.Median, ""),
        ("p99_start_delay_s", Operator.Delays.P99, ""),
        ("all_jobs_created_s", Operator.Delays.Last, "≤ 10 for 1,000, ≤ 60 for 5,000"),
        ("cronjob_default_s", Default?.Last, ""),
        ("cronjob_raised_s", Raised?.Last, ""),
        ("speedup_default", Default?.Last / Operator.Delays.Last, ""),
        ("speedup_raised", Raised?.Last / Operator.Delays.Last, "≥ 1"),
        ("operator_peak_rss_mb", Operator.PeakResidentMegabytes, "≤ 120"),
        ("operator_cpu_s", Operator.CpuSeconds, ""),
        ("idle_cpu_percent", Operator.IdleCpuPercent, "≤ 1"),
        ("api_writes_per_sync", Operator.WritesPerSync, "≤ 5"),
    ];

    public void Save(string path)
    {
        var json = new JsonObject();
        foreach (var (key, value, _) in Rows)
            json[key] = value is { } number ? Math.Round(number, 3) : null;
        json["cores"] = Environment.ProcessorCount;
        File.WriteAllText(path, json.ToJsonString(Indented) + "\n");
    }

    public void Print()
    {
        var table = new Table().AddColumns("figure", "value", "to reach");
        table.Columns[1].RightAligned();
        foreach (var (key, value, goal) in Rows)
            table.AddRow(key, value is { } number ? number.ToString(number == Math.Floor(number) ? "0" : "0.00") : "not measured", goal);
        AnsiConsole.Write(table);
    }
}
