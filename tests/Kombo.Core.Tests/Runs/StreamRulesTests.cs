using Kombo.Core.Runs;

namespace Kombo.Core.Tests.Runs;

public sealed class StreamRulesTests
{
    [Theory]
    [InlineData("no errors", 1000, 0, 0, true)]
    [InlineData("a few among few", 5, 5, 0, true)]
    [InlineData("six of ten", 10, 6, 0, false)]
    [InlineData("exactly the share", 1000, 100, 0, true)]
    [InlineData("one over the share", 1000, 101, 0, false)]
    [InlineData("one record of a million without an id", 1_000_000, 1, 1, false)]
    [InlineData("nothing read", 0, 0, 0, true)]
    public void Errors_make_a_stream_incomplete(string rule, long read, long errors, long unidentified, bool complete) =>
        (StreamRules.JudgeErrors(read, errors, unidentified, StreamRules.DefaultErrorShare) is null).ShouldBe(complete, rule);

    [Fact]
    public void A_refused_list_names_the_remedy()
    {
        StreamRules.Refused(RunFault.Forbidden, "GET /teams was answered with 403").ShouldBe(
            "GET /teams was answered with 403; give the credentials the right to read it, or leave the model out of spec.scope");
        StreamRules.Refused(RunFault.NotFound, "GET /teams was answered with 404").ShouldBe(
            "GET /teams was answered with 404; check spec.parameters, or leave the model out of spec.scope");
    }
}
