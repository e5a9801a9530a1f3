using Kombo.Core.Runs;
using Kombo.Testing;
using Kombo.Worker.Runs;

namespace Kombo.Worker.Tests.Runs;

public sealed class RunTallyTests
{
    [Fact]
    public void It_tells_where_the_run_stands()
    {
        var seen = new List<RunProgress>();
        var tally = new RunTally("r", seen.Add, new ManualClock());
        tally.Plan(streamCount: 2, earlier: new() { Read = 100, New = 100 });
        tally.BeginStream("hris_employees", read: 100);
        tally.Wrote(pages: 2, total: 400, new() { Read = 100, New = 60, Changed = 10, Unchanged = 30 });
        seen[^1].ShouldBe(new RunProgress
        {
            RunId = "r",
            Phase = RunPhase.Fetching,
            Model = "hris_employees",
            Pages = 2,
            Records = 200,
            Changed = 170,
            Percent = 25,
            Counts = new() { Read = 200, New = 160, Changed = 10, Unchanged = 30 },
        });
        tally.EndStream();
        tally.Progress.Percent.ShouldBe(50);
    }

    [Fact]
    public void Waiting_ends_with_the_next_page()
    {
        var tally = new RunTally("r", _ => { }, new ManualClock());
        tally.Plan(1, new());
        tally.BeginStream("hris_teams", 0);
        tally.Enter(RunPhase.Waiting, "the source limits the rate, until 10:00:00 UTC");
        tally.Progress.ShouldSatisfyAllConditions(
            progress => progress.Phase.ShouldBe("Waiting"),
            progress => progress.WaitingFor.ShouldBe("the source limits the rate, until 10:00:00 UTC"));
        tally.Wrote(1, null, new() { Read = 1 });
        tally.Progress.ShouldSatisfyAllConditions(
            progress => progress.Phase.ShouldBe("Fetching"),
            progress => progress.WaitingFor.ShouldBeNull());
    }

    [Fact]
    public void A_page_that_is_written_during_a_wait_does_not_end_it()
    {
        var clock = new ManualClock();
        var tally = new RunTally("r", _ => { }, clock);
        tally.Plan(1, new());
        tally.BeginStream("hris_teams", 0);
        tally.Wait("the source limits the rate", clock.GetUtcNow() + TimeSpan.FromMinutes(5));
        tally.Wrote(1, null, new() { Read = 1 });
        (tally.Progress.Phase, tally.Progress.Records).ShouldBe(("Waiting", 1));
        clock.Advance(TimeSpan.FromMinutes(5));
        tally.Wrote(1, null, new() { Read = 1 });
        (tally.Progress.Phase, tally.Progress.WaitingFor).ShouldBe(("Fetching", null));
    }
}
