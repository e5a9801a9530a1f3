using Kombo.Core.Runs;

namespace Kombo.Core.Tests.Runs;

public sealed class RunRulesTests
{
    [Fact]
    public void A_message_fits_into_status()
    {
        RunRules.Cut("short").ShouldBe("short");
        RunRules.Cut(new string('x', 5000)).Length.ShouldBe(1000);
    }

    [Fact]
    public void The_last_report_is_the_stored_result_and_where_the_run_stood()
    {
        var stored = new RunProgress { RunId = "r", Result = "any", Records = 7 };
        var last = new RunProgress { RunId = "r", Model = "hris_teams", Pages = 3, Percent = 40 };
        RunRules.Close(stored, RunResult.PartiallyFailed, last).ShouldBe(stored with { Pages = 3, Percent = 100 });
        RunRules.Close(stored, RunResult.AuthenticationFailed, last).ShouldBe(stored with { Model = "hris_teams", Pages = 3, Percent = 40 });
    }

    [Theory]
    [InlineData("nothing known", 0, 3, 500, null, null)]
    [InlineData("half of the first of two", 0, 2, 500, 1000L, 25)]
    [InlineData("one of three, no total", 1, 3, 500, null, 33)]
    [InlineData("more than announced", 0, 2, 5000, 1000L, 50)]
    [InlineData("all read is not finished", 3, 3, 0, null, 99)]
    [InlineData("an empty stream's total", 0, 2, 0, 0L, null)]
    [InlineData("no streams", 0, 0, 0, null, null)]
    public void Percent(string rule, int done, int streams, long read, long? total, int? expected) =>
        RunRules.Percent(done, streams, read, total).ShouldBe(expected, rule);
}
