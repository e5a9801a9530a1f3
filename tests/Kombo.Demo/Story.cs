using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Kombo.Demo;

/// <summary>Tells the steps as they happen, and all of them in a table at the end.</summary>
sealed class Story
{
    readonly List<(string Step, string Checked, double Seconds)> done = [];
    readonly Stopwatch total = Stopwatch.StartNew();
    string current = "start";

    /// <param name="what">What is so if nothing is thrown.</param>
    public async Task StepAsync(string step, string what, Func<Task> act)
    {
        current = step;
        Console.WriteLine($"\n== {step}");
        var began = total.Elapsed;
        await act();
        var seconds = (total.Elapsed - began).TotalSeconds;
        done.Add((step, what, seconds));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"   so it is: {what} ({seconds:0.0} s)"));
    }

    public static void Say(string text) => Console.WriteLine($"   {text}");

    public static void Check(bool isSo, string otherwise)
    {
        if (!isSo)
            throw new CheckException(otherwise);
    }

    public int End()
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumn("Step").AddColumn("Checked").AddColumn(new TableColumn("Seconds").RightAligned());
        foreach (var (step, what, seconds) in done)
            table.AddRow(
                Markup.Escape(step), Markup.Escape(what), seconds.ToString("0.0", CultureInfo.InvariantCulture));
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 140;
        Console.WriteLine();
        AnsiConsole.Write(table);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture, $"all {done.Count} steps are so, in {total.Elapsed.TotalSeconds:0.0} s"));
        return 0;
    }

    public int Break(string problem)
    {
        Console.Error.WriteLine($"\nFAILED at \"{current}\": {problem}");
        return 1;
    }
}
