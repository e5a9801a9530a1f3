using Kombo.Core.Planning;
using static Kombo.Core.Runs.SyncType;
using static Kombo.Core.Tests.Planning.ScheduleTests;

namespace Kombo.Core.Tests.Planning;

/// <summary>A pod that does not come changes nothing that is watched.</summary>
public class WakeTimesTests
{
    static ObservationBuilder Acme => An.Observation().Synced("00:00").Running(Full, "10:00");

    public static TheoryData<string, ObservationBuilderRow, string> Rules => new()
    {
        { "a Job without a pod that runs is looked at each minute", Row(Acme.Now("10:00:20")), "no steps; wake 10:01:20" },
        { "and just when its pod should run", Row(Acme.StartsBy("10:02").Now("10:01:20")), "no steps; wake 10:02" },
        { "not before the minute", Row(Acme.StartsBy("10:02").Now("10:00:20")), "no steps; wake 10:01:20" },
        { "a pod that is made late is waited for as long", Row(Acme.StartsBy("11:02").Now("11:00:20")), "no steps; wake 11:01:20" },
        { "and then no more", Row(Acme.StartsBy("11:02").Now("11:02")), "no steps; wake -" },
        { "also when it is known what is wrong: that may change", Row(Acme.Troubled().Now("10:05")), "no steps; wake 10:06" },
        { "for ten minutes; then with everything", Row(Acme.Troubled().Now("10:10")), "no steps; wake -" },
        { "one that runs has its end told", Row(Acme.Working().Now("10:00:20")), "no steps; wake -" },
        { "one that ended too", Row(Acme.Ended("10:00:10").Now("10:00:20")), "full due 20:00:10; wake 20:00:10" },
        { "by a clock that is behind there is no loop either", Row(Acme.Now("09:00")), "no steps; wake 09:01" },
        { "what is due before comes before", Row(Acme.Every("10h", "30m").Synced("00:00", "09:31").Now("10:00:20")), "no start; wake 10:01" },
        {
            "a purge that is left without a pod",
            Row(An.Observation().Synced("09:00").Running(Purge, "10:00").Now("10:00:20")), "no start; wake 10:01:20"
        },
        { "suspended or not", Row(Acme.Suspended().Now("10:00:20")), "no steps; wake 10:01:20" },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);
}

static class StartOfPods
{
    public static ObservationBuilder StartsBy(this ObservationBuilder seen, string time) =>
        seen.LastJob(job => job with { StartsBy = An.Time(time) });

    public static ObservationBuilder Troubled(this ObservationBuilder seen) =>
        seen.LastJob(job => job with { FailureReason = "NoPod", FailureMessage = "no pod has been made" });
}
