using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Core.Tests.Planning;

/// <summary>A status that somebody edited by hand, or a clock that is far off, must not stop a reconcile.</summary>
public class TotalityTests
{
    static readonly DateTimeOffset?[] Times = [null, DateTimeOffset.MinValue, An.Time("10:00"), DateTimeOffset.MaxValue];

    static readonly EffectiveFrequencies?[] Effective = [null, new("soon", ""), new("8760h", "8760h"), new("1s", null)];

    public static TheoryData<int?, int> Failures => new()
    {
        { null, 0 }, { -1, 0 }, { 1, 99 }, { 10, 99 }, { int.MaxValue, 99 },
    };

    [Theory, MemberData(nameof(Failures))]
    public void Whatever_a_status_holds_there_is_a_plan(int? failures, int jitter)
    {
        foreach (var last in Times)
            foreach (var next in Times)
                foreach (var effective in Effective)
                {
                    var clock = new ClockStatus { LastSyncTime = last, NextSyncTime = next, ConsecutiveFailures = failures };
                    var seen = An.Observation().SupportsDelta().Schedule(new() { JitterPercent = jitter })
                        .Status(status => status with { Full = clock, Delta = clock, Webhook = clock, Effective = effective }).Events("08:00")
                        .Running(SyncType.Full, "08:00").Ended("08:30", succeeded: false);
                    Should.NotThrow(() => SyncPlanner.Decide(seen.Build()));
                    Should.NotThrow(() => SyncPlanner.Decide(seen.Active(SyncType.Delta, "08:00").Generation(5).Build()));
                    Should.NotThrow(() => SyncPlanner.Decide((seen.Build() with { Now = DateTimeOffset.MinValue })));
                }
    }

    [Fact]
    public void Jobs_that_tell_nothing_are_no_trouble()
    {
        var bare = new ObservedJob { Name = "x", RunId = "x", Type = SyncType.Full, Trigger = "" };
        foreach (var job in new[] { bare, bare with { Succeeded = true }, bare with { Succeeded = false } })
            Should.NotThrow(() => SyncPlanner.Decide(An.Observation().Build() with { Jobs = [job, job with { Name = "y" }] }));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("succeeded")]
    [InlineData("")]
    public void A_result_is_known_by_its_exact_name(string result)
    {
        var seen = An.Observation().Running(SyncType.Full, "08:00").Progress(SyncType.Full, "08:00", result, "08:30").Ended("08:40", false);
        SyncPlanner.Decide(seen.Build()).ShouldSay("full result Failed", result);
    }
}
