using System.Collections.Concurrent;
using System.Collections.Immutable;
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

    // Below it, columns that one can do without leave their room to the phase and its message.
    const int WideFrom = 110;

    static readonly ImmutableArray<Column> Columns =
    [
        new(
            "Integration",
            (view, _) => new Text(view.Namespace == "default" ? view.Name : $"{view.Namespace}/{view.Name}")),
        new("Connector", (view, _) => new Text(view.Connector)) { OnlyWide = true },
        new("Ready", (view, _) => Ready(view)),
        new("Phase", (view, _) => new Text(view.Message.Length == 0 ? view.Phase : $"{view.Phase}: {view.Message}"))
        {
            Wraps = true
        },
        new("Model", (view, _) => new Text(view.Model)) { OnlyWide = true },
        new("Pages", (view, _) => Number(view.Pages)) { OnlyWide = true },
        new("Records", (view, _) => Number(view.Records)) { OnlyWide = true },
        new(
            "Progress",
            (view, _) => view is { IsRunning: true, Percent: { } percent } ? Bar(percent) : new Text(Times.None)),
        new("Next sync", (view, now) => new Text(view.IsRunning ? "now" : Times.Until(view.NextSync, now))),
    ];

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

    public void Removed(V1Alpha1Integration integration) =>
        integrations.TryRemove(NamespacedName.Of(integration), out _);

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
                    WriteLines(); // the live display moves down
                    live.UpdateTarget(Draw());
                    await Task.Delay(Interval, clock, cancellationToken);
                }
            });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            WriteLines();
        }
    }

    /// <summary>The table as it is now.</summary>
    internal IRenderable Draw()
    {
        var now = clock.GetUtcNow();
        var columns = Columns.Where(column => !column.OnlyWide || console.Profile.Width >= WideFrom).ToList();
        var table = new Table { Border = TableBorder.Rounded, Expand = true };
        foreach (var column in columns)
            table.AddColumn(new TableColumn(column.Heading) { NoWrap = !column.Wraps });
        var views = integrations.Values.Select(IntegrationView.Of)
            .OrderByDescending(view => view.IsRunning)
            .ThenBy(view => view.Namespace, StringComparer.Ordinal)
            .ThenBy(view => view.Name, StringComparer.Ordinal)
            .ToList();
        foreach (var view in views.Take(MostRows))
            table.AddRow(columns.Select(column => column.Cell(view, now)));
        if (views.Count > MostRows)
            table.Caption($"and {views.Count - MostRows} more: kombo get -A");
        return table;
    }

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
            CultureInfo.InvariantCulture,
            $"[green]{new string('━', full)}[/][grey]{new string('━', Width - full)}[/] {percent,3} %"));
    }

    static Text Number(long? number) => new(number?.ToString("N0", CultureInfo.InvariantCulture) ?? Times.None);

    void WriteLines()
    {
        var waiting = new List<IRenderable>();
        while (lines.TryDequeue(out var line))
            waiting.Add(line);
        if (waiting.Count > 0)
            console.Write(new LinesAbove(waiting));
    }

    void Enqueue(string line, string colour)
    {
        var now = clock.GetUtcNow();
        lines.Enqueue(new Markup($"[{colour}]{Markup.Escape($"{Times.Clock(now, now)} {line}")}[/]\n"));
    }

    sealed record Column(string Heading, Func<IntegrationView, DateTimeOffset, IRenderable> Cell)
    {
        public bool OnlyWide { get; init; }
        public bool Wraps { get; init; }
    }

    /// <summary>Lines in the place of what is drawn, which is erased first: a line is shorter than a row of the
    /// table.</summary>
    sealed class LinesAbove(IReadOnlyList<IRenderable> lines) : Renderable
    {
        const string EraseToTheEnd = "\e[J";

        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            [Segment.Control(EraseToTheEnd), .. lines.SelectMany(line => line.Render(options, maxWidth))];
    }
}
