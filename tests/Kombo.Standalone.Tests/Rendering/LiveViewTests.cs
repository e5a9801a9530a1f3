using Kombo.Standalone.Rendering;
using Kombo.Testing;
using Spectre.Console;

namespace Kombo.Standalone.Tests.Rendering;

public sealed class LiveViewTests
{
    [Fact]
    public void Draws_running_syncs_first_with_model_pages_records_and_percent()
    {
        using var text = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = 130;
        var view = new LiveView(console, new ManualClock(Sample.Now));
        view.Changed(null, Sample.Waiting);
        view.Changed(null, Sample.Running);
        view.Changed(null, Sample.Broken);

        console.Write(view.Draw());

        var rows = text.ToString().Split('\n').Where(line => line.Contains("bamboohr") || line.Contains("own.yaml")).ToList();
        rows[0].ShouldContain("big");
        rows[0].ShouldMatch("Full: Fetching.*hris_employees.*12.*2,400.*40 %.*now");
        rows[1].ShouldMatch("acme.*yes.*WaitingForSchedule.*in 14m");
        rows[2].ShouldMatch("hr/lost.*no.*DependencyNotReady");
    }
}
