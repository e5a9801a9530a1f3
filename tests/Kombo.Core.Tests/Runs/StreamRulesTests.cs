using Kombo.Core.Runs;

namespace Kombo.Core.Tests.Runs;

public sealed class StreamRulesTests
{
    public static TheoryData<string, SyncType, StreamErrors, string?> Errors => new()
    {
        { "no errors", SyncType.Full, new(1000, 0, 0, IsLast: true), null },
        { "a few among few", SyncType.Full, new(5, 5, 0, IsLast: true), null },
        { "six of ten", SyncType.Full, new(10, 6, 0, IsLast: true), "6 of 10 records could not be stored" },
        { "the end may be better than the beginning", SyncType.Full, new(10, 6, 0, IsLast: false), null },
        { "exactly the share", SyncType.Full, new(1000, 100, 0, IsLast: true), null },
        { "one over the share", SyncType.Delta, new(1000, 101, 0, IsLast: true), "101 of 1000 records could not be stored" },
        { "one of a million without an id", SyncType.Full, new(1_000_000, 1, 1, IsLast: false), "some records have no readable id" },
        { "a delta deletes nothing anyway", SyncType.Delta, new(1_000_000, 1, 1, IsLast: true), null },
        { "nothing read", SyncType.Full, new(0, 0, 0, IsLast: true), null },
    };

    [Theory, MemberData(nameof(Errors))]
    public void Errors_make_a_stream_incomplete(string rule, SyncType type, StreamErrors seen, string? expected)
    {
        var incomplete = StreamRules.JudgeErrors(type, seen, StreamRules.DefaultErrorShare);
        if (expected is null)
            incomplete.ShouldBeNull(rule);
        else
            incomplete.ShouldNotBeNull(rule).ShouldStartWith(expected);
    }

    [Fact]
    public void A_refused_list_names_the_remedy()
    {
        StreamRules.Refused(RunFault.Forbidden, "GET /teams was answered with 403").ShouldBe(
            "GET /teams was answered with 403: give the credentials the right to read it");
        StreamRules.Refused(RunFault.NotFound, "GET /teams was answered with 404").ShouldBe(
            "GET /teams was answered with 404: check spec.parameters");
    }
}
