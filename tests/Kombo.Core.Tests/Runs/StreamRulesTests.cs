using Kombo.Core.Runs;

namespace Kombo.Core.Tests.Runs;

public sealed class StreamRulesTests
{
    public static TheoryData<string, ModelErrors[], string?> Errors => new()
    {
        { "no errors", [Of(1000, 0)], null },
        { "a few among few", [Of(5, 5)], null },
        { "six of ten", [Of(10, 6)], "6 of 10 records could not be stored as hris_employees;" },
        { "exactly the share", [Of(1000, 100)], null },
        { "one over the share", [Of(1000, 101)], "101 of 1000 records could not be stored as hris_employees;" },
        { "nothing read", [Of(0, 0)], null },
        { "models are not summed up", [Of(1000, 60), Of(1000, 60, "hris_teams")], null },
        { "the worst model counts", [Of(10_000, 0), Of(100, 20), Of(100, 90, "hris_teams")], "90 of 100 records could not be stored as hris_teams;" },
    };

    [Theory, MemberData(nameof(Errors))]
    public void Errors_make_a_stream_incomplete(string rule, ModelErrors[] models, string? expected)
    {
        var incomplete = StreamRules.JudgeErrors(models, StreamRules.DefaultErrorShare);
        if (expected is null)
            incomplete.ShouldBeNull(rule);
        else
            incomplete.ShouldNotBeNull(rule).ShouldStartWith(expected);
    }

    [Theory]
    [InlineData("one of a million", SyncType.Full, 1, "some records have no readable id")]
    [InlineData("a delta deletes nothing anyway", SyncType.Delta, 1, null)]
    [InlineData("none", SyncType.Full, 0, null)]
    public void Records_without_an_id_make_a_stream_incomplete(string rule, SyncType type, long records, string? expected)
    {
        var incomplete = StreamRules.JudgeUnidentified(type, records);
        if (expected is null)
            incomplete.ShouldBeNull(rule);
        else
            incomplete.ShouldNotBeNull(rule).ShouldStartWith(expected);
    }

    static ModelErrors Of(long records, long errors, string model = "hris_employees") => new(model, records - errors, errors);

    [Fact]
    public void A_refused_list_names_the_remedy()
    {
        StreamRules.Refused(RunFault.Forbidden, "GET /teams was answered with 403").ShouldBe(
            "GET /teams was answered with 403: give the credentials the right to read it");
        StreamRules.Refused(RunFault.NotFound, "GET /teams was answered with 404").ShouldBe(
            "GET /teams was answered with 404: check spec.parameters");
    }
}
