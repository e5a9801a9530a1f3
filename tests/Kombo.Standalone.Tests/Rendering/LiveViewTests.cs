using Kombo.Standalone.Rendering;
using Kombo.Testing;
using Spectre.Console;

namespace Kombo.Standalone.Tests.Rendering;

public sealed class LiveViewTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public void Draws_running_syncs_first_with_model_pages_records_and_percent()
    {
        var rows = Draw(130).Where(line => line.Contains("bamboohr") || line.Contains("own.yaml")).ToList();
        rows[0].ShouldContain("big");
        rows[0].ShouldMatch("Full: Fetching.*hris_employees.*12.*2,400.*40 %.*now");
        rows[1].ShouldMatch("acme.*yes.*WaitingForSchedule.*in 14m");
        rows[2].ShouldMatch("hr/lost.*no.*DependencyNotReady");
    }

    [Fact]
    public void A_narrow_terminal_keeps_what_says_why_and_when()
    {
        var rows = Draw(80);
        rows.ShouldAllBe(row => row.Length <= 80);
        rows.Single(row => row.Contains("big")).ShouldMatch("Full: Fetching.*40 %.*now");
        rows.Single(row => row.Contains("acme")).ShouldMatch("WaitingForSchedule.*in 14m");
        string.Join(' ', rows).ShouldContain("DependencyNotReady:");
    }

    [Fact]
    public async Task A_line_takes_the_place_of_the_table_and_leaves_nothing_of_it_beside_itself()
    {
        using var text = new StringWriter { NewLine = "\n" };
        using var cancellation = new CancellationTokenSource();
        var clock = new ManualClock(Sample.Now);
        var view = new LiveView(Terminal(text, 130, AnsiSupport.Yes), clock);
        view.Changed(null, Sample.Waiting);
        var running = view.RunAsync(cancellation.Token);
        view.WriteLine("short");
        await cancellation.CancelAsync();
        await running.WaitAsync(Deadline);

        text.ToString().ShouldContain("\e[J09:00:00 short\n");
    }

    static List<string> Draw(int width)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var console = Terminal(text, width, AnsiSupport.No);
        var view = new LiveView(console, new ManualClock(Sample.Now));
        view.Changed(null, Sample.Waiting);
        view.Changed(null, Sample.Running);
        view.Changed(null, Sample.Broken);

        console.Write(view.Draw());
        return [.. text.ToString().Split('\n')];
    }

    static IAnsiConsole Terminal(StringWriter text, int width, AnsiSupport ansi)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = ansi,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = width;
        return console;
    }
}
