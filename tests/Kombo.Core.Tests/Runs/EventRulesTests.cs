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
    [InlineData(RunFault.Configuration, 1, "Failed Refused 00:00:00", 400)]
    [InlineData(RunFault.DatabaseUnavailable, 1, "the run's")]
    [InlineData(RunFault.LeaseLost, 1, "the run's")]
    [InlineData(RunFault.Stopped, 1, "the run's")]
    public void Judges(RunFault fault, int attempts, string expected, int? status = null) =>
        (EventRules.Judge(fault, attempts, status) is { } end ? $"{end.Fate} {end.Reason} {end.Delay}" : "the run's").ShouldBe(expected);

    [Fact]
    public void A_record_that_nobody_has_is_looked_for_again_before_it_is_left()
    {
        EventRules.Missing(1).ShouldBe(new(EventFate.Later, EventReasons.NotFound) { Delay = TimeSpan.FromMinutes(1) });
        EventRules.Missing(3).ShouldBe(new(EventFate.Done, EventReasons.NotFound));
    }

    [Fact]
    public void A_run_says_how_its_events_ended()
    {
        EventRules.Note([]).ShouldBeNull();
        EventRules.Note([(null, 7)]).ShouldBeNull();
        EventRules.Note([(null, 7), (EventReasons.Gone, 1)])
            .ShouldBe("of the events of the source, 7 were read; 1 was gone from the source and marked deleted");
    }

    [Fact]
    public void An_event_that_is_taken_again_and_again_and_never_ends_is_given_up()
    {
        EventRules.IsHopeless(EventRules.MostAttempts).ShouldBeFalse();
        EventRules.IsHopeless(EventRules.MostAttempts + 1).ShouldBeTrue();
    }
}
