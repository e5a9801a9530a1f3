using System.Collections.Immutable;
using System.Diagnostics;

namespace Kombo.Testing;

/// <summary>What to start, and how.</summary>
public sealed record ChildProcessStart
{
    /// <summary>A path, or a name that is on PATH.</summary>
    public required string Program { get; init; }

    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>Added to those of the test process; a null value takes one away.</summary>
    public ImmutableDictionary<string, string?> Environment { get; init; } = ImmutableDictionary<string, string?>.Empty;

    /// <summary>The repository's root when null.</summary>
    public string? WorkingFolder { get; init; }

    internal ProcessStartInfo ToStartInfo()
    {
        var info = new ProcessStartInfo
        {
            FileName = Program,
            WorkingDirectory = WorkingFolder ?? RepositoryRoot.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (OperatingSystem.IsLinux())
        {
            // The system kills the child when the thread that started it ends, that is with the test process.
            info.FileName = "setpriv";
            foreach (var argument in new[] { "--pdeathsig", "KILL", "--", Program })
                info.ArgumentList.Add(argument);
        }
        foreach (var argument in Arguments)
            info.ArgumentList.Add(argument);
        foreach (var (name, value) in Environment)
            info.Environment[name] = value;
        return info;
    }
}
