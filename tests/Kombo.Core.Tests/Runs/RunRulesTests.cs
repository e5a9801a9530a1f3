using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Core.Tests.Runs;

public sealed class RunRulesTests
{
    static readonly StreamSummary Users = new("users", ["hris_employees"], null);
    static readonly StreamSummary Groups = new("groups", ["hris_teams", "hris_join_employees_teams"], null);

    [Fact]
    public void All_complete_is_a_success_without_words() =>
        RunRules.Conclude([Users, Groups]).ShouldBe(new(RunResult.Succeeded, Reasons.Succeeded, null));

    [Fact]
    public void Nothing_in_scope_is_a_success() =>
        RunRules.Conclude([]).Result.ShouldBe(RunResult.Succeeded);

    [Fact]
    public void One_incomplete_stream_is_a_partial_failure_that_names_its_models_and_the_cause() =>
        RunRules.Conclude([Users, Groups with { Incomplete = "403" }]).ShouldBe(new(
            RunResult.PartiallyFailed, Reasons.PartiallyFailed,
            "Incomplete, so nothing was deleted: hris_teams, hris_join_employees_teams: 403"));

    [Fact]
    public void No_complete_model_is_a_failure()
    {
        var end = RunRules.Conclude([Users with { Incomplete = "403" }, Groups with { Incomplete = "404" }]);
        end.Result.ShouldBe(RunResult.Failed);
        end.Message.ShouldBe("No model could be read completely: hris_employees: 403 · hris_teams, hris_join_employees_teams: 404");
    }

    [Fact]
    public void A_model_fed_by_two_streams_is_complete_only_if_both_are() =>
        RunRules.Conclude([Users, new("contractors", ["hris_employees"], "404")]).Result.ShouldBe(RunResult.Failed);

    [Fact]
    public void A_message_fits_into_status() =>
        RunRules.Conclude([Users with { Incomplete = new string('x', 5000) }, Groups]).Message!.Length.ShouldBe(1000);

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
