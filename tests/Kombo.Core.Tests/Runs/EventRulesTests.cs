using Kombo.Core.Runs;

namespace Kombo.Core.Tests.Runs;

public class EventRulesTests
{
    [Theory]
    [InlineData(RunFault.SourceUnavailable, 1, "Later SourceFailed 00:01:00")]
    [InlineData(RunFault.SourceUnavailable, 2, "Later SourceFailed 00:02:00")]
    [InlineData(RunFault.SourceUnreadable, 7, "Later SourceFailed 01:00:00")]
    [InlineData(RunFault.SourceUnavailable, 10, "Failed TooManyAttempts 00:00:00")]
    [InlineData(RunFault.Forbidden, 1, "Failed Forbidden 00:00:00")]
    [InlineData(RunFault.Authentication, 1, "the run's")]
    [InlineData(RunFault.RateLimited, 1, "the run's")]
    [InlineData(RunFault.Configuration, 1, "the run's")]
    [InlineData(RunFault.DatabaseUnavailable, 1, "the run's")]
    [InlineData(RunFault.LeaseLost, 1, "the run's")]
    [InlineData(RunFault.Stopped, 1, "the run's")]
    public void Judges(RunFault fault, int attempts, string expected) =>
        (EventRules.Judge(fault, attempts) is { } end ? $"{end.Fate} {end.Reason} {end.Delay}" : "the run's").ShouldBe(expected);

    [Fact]
    public void An_event_that_is_taken_again_and_again_and_never_ends_is_given_up()
    {
        EventRules.IsHopeless(EventRules.MostAttempts).ShouldBeFalse();
        EventRules.IsHopeless(EventRules.MostAttempts + 1).ShouldBeTrue();
    }
}
