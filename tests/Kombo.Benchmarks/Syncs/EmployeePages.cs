using System.Buffers;
using System.Text.Json;

namespace Kombo.Benchmarks.Syncs;

/// <summary>Employees as JSON files, a page each, the same in every run.</summary>
/// <param name="folder">Of 1.json, 2.json, …; is made.</param>
sealed class EmployeePages(string folder, int rows)
{
    const int PageSize = 500;
    static readonly string[] FirstNames = ["Ada", "Bram", "Chiara", "Dariusz", "Eun-ji", "Fatima", "Grace", "Håkon"];
    static readonly string[] LastNames = ["Okafor", "Lindqvist", "Moreau", "Nakamura", "Silva", "Weiß", "Kowalski"];
    static readonly string[] Titles = ["Engineer", "Accountant", "Team Lead", "Nurse", "Sales Manager", "Recruiter"];
    static readonly string[] Cities = ["Berlin", "Lyon", "Porto", "Oslo", "Kraków"];

    /// <param name="changedEvery">Each of so many has another job title than at first; 0: none has.</param>
    public void Write(int changedEvery = 0)
    {
        Directory.CreateDirectory(folder);
        var pages = (rows + PageSize - 1) / PageSize;
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        for (var page = 1; page <= pages; page++)
        {
            buffer.ResetWrittenCount();
            json.Reset(buffer);
            json.WriteStartObject();
            json.WriteStartArray("data");
            for (var i = (page - 1) * PageSize; i < Math.Min(page * PageSize, rows); i++)
                WriteEmployee(json, i, changedEvery > 0 && i % changedEvery == 0);
            json.WriteEndArray();
            if (page < pages)
                json.WriteString("next", $"{page + 1}");
            else
                json.WriteNull("next");
            json.WriteNumber("total", rows);
            json.WriteEndObject();
            json.Flush();
            File.WriteAllBytes(Path.Combine(folder, $"{page}.json"), buffer.WrittenSpan);
        }
    }

    static void WriteEmployee(Utf8JsonWriter json, int i, bool isChanged)
    {
        var (first, last) = (Of(FirstNames, i), Of(LastNames, i / 3));
        json.WriteStartObject();
        json.WriteString("id", Id(i));
        json.WriteString("number", $"{100_000 + i}");
        json.WriteString("first_name", first);
        json.WriteString("last_name", last);
        json.WriteString("display_name", $"{first} {last}");
        json.WriteString("job_title", isChanged ? $"Senior {Of(Titles, i)}" : Of(Titles, i));
        json.WriteString("work_email", $"employee.{i}@acme.example");
        json.WriteString("mobile_phone", $"+49 151 {20_000_000 + i}");
        json.WriteString("nationality", i % 5 == 0 ? "FR" : "DE");
        json.WriteString("gender", i % 2 == 0 ? "female" : "male");
        json.WriteString("status", i % 20 == 0 ? "terminated" : "active");
        json.WriteString("contract", i % 7 == 0 ? "part_time" : "full_time");
        json.WriteNumber("weekly_hours", i % 7 == 0 ? 20 : 38.5);
        json.WriteString("manager_id", Id(i / 8));
        json.WriteStartObject("home_address");
        json.WriteString("street", $"Lindenweg {i % 200}");
        json.WriteString("city", Of(Cities, i / 5));
        json.WriteString("zip", $"{10_000 + i % 80_000}");
        json.WriteString("country", "DE");
        json.WriteEndObject();
        json.WriteString("date_of_birth", Day(1960, i % 14_000));
        json.WriteString("start_date", Day(2005, i % 7_000));
        json.WriteString("created_at", $"{Day(2005, i % 7_000)}T08:30:00.000Z");
        json.WriteString("cost_center", $"CC-{i % 40}");
        json.WriteString("updated_at", $"2026-01-05T09:{i % 60:00}:00.000Z");
        json.WriteEndObject();
    }

    static string Id(int i) => $"emp-{i:00000000}";

    static string Of(string[] texts, int i) => texts[i % texts.Length];

    static string Day(int year, int after) => new DateOnly(year, 1, 1).AddDays(after).ToString("yyyy-MM-dd");
}
