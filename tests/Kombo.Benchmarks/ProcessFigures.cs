using System.Globalization;

namespace Kombo.Benchmarks;

/// <summary>What Linux says of a process.</summary>
static class ProcessFigures
{
    const double TicksPerSecond = 100; // USER_HZ is 100 on every platform that .NET runs on

    /// <summary>CPU time so far, of all its threads.</summary>
    public static TimeSpan CpuTime(int id)
    {
        // The second field, a name in parentheses, may hold blanks.
        var text = File.ReadAllText($"/proc/{id}/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture)
            + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    /// <summary>The most memory that was resident at a time, in MiB.</summary>
    public static double PeakResidentMegabytes(int id)
    {
        const string field = "VmHWM:";
        var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        var kilobytes = line[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
        return long.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024.0;
    }
}
