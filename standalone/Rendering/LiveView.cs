using System.Collections.Concurrent;
using System.Globalization;
using Kombo.Crds;
using Kombo.Kubernetes;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Kombo.Standalone.Rendering;

/// <summary>A table that is drawn again and again, for terminals; lines appear above it.</summary>
internal sealed class LiveView(IAnsiConsole console, TimeProvider clock) : IProgressView
{
    const int MostRows = 40;
    static readonly string[] Headings =
        ["Integration", "Connector", "Ready", "Phase", "Model", "Pages", "Records", "Progress", "Next sync"];

    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    readonly ConcurrentDictionary<NamespacedName, V1Alpha1Integration> integrations = new();
    readonly ConcurrentQueue<Markup> lines = new();

    public void Changed(V1Alpha1Integration? before, V1Alpha1Integration after)
    {
        integrations[NamespacedName.Of(after)] = after;
        foreach (var line in ProgressLines.Between(before, after, clock.GetUtcNow()))
            if (line.Contains(" ended: ", StringComparison.Ordinal)) // the rest is in the table
                WriteLine(line);
    }

    public void Removed(V1Alpha1Integration integration) => integrations.TryRemove(NamespacedName.Of(integration), out _);

    public void WriteLine(string line) => Enqueue(line, "grey");

    public void WriteWarning(string line) => Enqueue(line, "yellow");

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await console.Live(Draw()).StartAsync(async live =>
            {
                while (true)
                {
                    while (lines.TryDequeue(out var line))
                        console.Write(line); // the live display moves down
                    live.UpdateTarget(Draw());
                    await Task.Delay(Interval, clock, cancellationToken);
                }
            });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            while (lines.TryDequeue(out var line))
                console.Write(line);
        }
    }

    /// <summary>The table as it is now.</summary>
    internal IRenderable Draw()
    {
        var now = clock.GetUtcNow();
        var table = new Table { Border = TableBorder.Rounded, Expand = true };
        foreach (var heading in Headings)
            table.AddColumn(new TableColumn(heading) { NoWrap = heading != "Phase" });
        var views = integrations.Values.Select(IntegrationView.Of)
            .OrderByDescending(view => view.IsRunning)
            .ThenBy(view => view.Namespace, StringComparer.Ordinal)
            .ThenBy(view => view.Name, StringComparer.Ordinal)
            .ToList();
        foreach (var view in views.Take(MostRows))
            table.AddRow(Cells(view, now));
        if (views.Count > MostRows)
            table.Caption($"and {views.Count - MostRows} more: kombo get -A");
        return table;
    }

    static IRenderable[] Cells(IntegrationView view, DateTimeOffset now) =>
    [
        new Text(view.Namespace == "default" ? view.Name : $"{view.Namespace}/{view.Name}"),
        new Text(view.Connector),
        Ready(view),
        new Text(view.Message.Length == 0 ? view.Phase : $"{view.Phase}: {view.Message}"),
        new Text(view.Model),
        Number(view.Pages),
        Number(view.Records),
        view is { IsRunning: true, Percent: { } percent } ? Bar(percent) : new Text(Times.None),
        new Text(view.IsRunning ? "now" : Times.Until(view.NextSync, now)),
    ];

    static Markup Ready(IntegrationView view) => new(view.Ready switch
    {
        "True" => "[green]yes[/]",
        "False" => "[red]no[/]",
        _ => "[grey]?[/]",
    });

    static Markup Bar(int percent)
    {
        const int Width = 10;
        var full = Math.Clamp(percent, 0, 100) * Width / 100;
        return new Markup(string.Create(
            CultureInfo.InvariantCulture, $"[green]{new string('━', full)}[/][grey]{new string('━', Width - full)}[/] {percent,3} %"));
    }

    static Text Number(long? number) => new(number?.ToString("N0", CultureInfo.InvariantCulture) ?? Times.None);

    void Enqueue(string line, string colour)
    {
        var now = clock.GetUtcNow();
        lines.Enqueue(new Markup($"[{colour}]{Markup.Escape($"{Times.Clock(now, now)} {line}")}[/]\n"));
    }
}
