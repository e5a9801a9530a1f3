using Spectre.Console;

namespace Kombo.Standalone.Rendering;

/// <summary>Chooses the view that fits where the output goes.</summary>
internal static class ProgressViews
{
    static readonly string[] Plain = ["NO_COLOR", "CI"];

    public static IProgressView Create() =>
        Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") == "dumb"
            || Plain.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
            ? new PlainView(Console.Out, Console.Error, TimeProvider.System)
            : new LiveView(AnsiConsole.Console, TimeProvider.System);
}
