using Kombo.Core.Planning;
using static Kombo.Core.Runs.SyncType;
using static Kombo.Core.Tests.Planning.ScheduleTests;

namespace Kombo.Core.Tests.Planning;

/// <summary>Clocks that differ, step or lie.</summary>
public class ClockTests
{
    public static TheoryData<string, ObservationBuilderRow, string> Rules => new()
    {
        {
            "a due time far in the future counts as due",
            Row(An.Observation().Synced("10:00+30").Now("11:00")),
            "start full Schedule 20:00+30"
        },
        {
            "a due time within clocks' differences does not",
            Row(An.Observation().Synced("10:04").Now("10:00")),
            "no start; wake 20:04"
        },
        {
            "a completion in the future becomes now",
            Row(An.Observation().Running(Full, "09:00").Progress(Full, "09:00", "Succeeded", "15:00").Ended("09:30")
                .Now("09:30")),
            "full last 09:30; full due 19:30"
        },
        {
            "a source of time that is behind starts nothing at once",
            Row(An.Observation().Every("10h", "15m").Synced("06:00", "06:00").Running(Delta, "09:00")
                .Progress(Delta, "09:00", "Succeeded", "08:00").Ended("09:01").Now("09:01")),
            "delta due 09:15; no start"
        },

        {
            "an answer of long ago does not turn the clock back",
            Row(An.Observation().Synced("09:00").Running(Full, "07:00").Progress(Full, "07:00", "Succeeded", "07:30")
                .Ended("10:00").Now("10:00")),
            "full last 09:00; full due 19:00; full result Succeeded"
        },
        {
            "a last sync in the future is replaced by the next one's end",
            Row(An.Observation().Synced("09:00+30").Running(Full, "10:00").Ended("10:05").Now("10:05")),
            "full last 10:05; full due 20:05"
        },
        {
            "within clocks' differences it stands",
            Row(An.Observation().Synced("10:09").Running(Full, "10:00").Ended("10:05").Now("10:05")),
            "full last 10:09; full due 20:09"
        },

        {
            "the clock steps an hour ahead: what is due by it starts, once",
            Row(An.Observation().Synced("10:00").Now("20:30")),
            "start full Schedule 20:00"
        },
        {
            "the clock steps an hour back: nothing starts twice, the stored slot stays",
            Row(An.Observation().Synced("10:00").Now("19:00")),
            "no start; full due 20:00; wake 20:00"
        },
        {
            "and a slot that no rule can have stored so far away has come",
            Row(An.Observation().Synced("10:00").Now("09:00")),
            "start full Schedule 20:00"
        },
        {
            "an end that a clock an hour ahead has written counts as now",
            Row(An.Observation().Running(Full, "09:00").Progress(Full, "09:00", "Succeeded", "10:30").Ended("09:30")
                .Now("09:30")),
            "full last 09:30; full due 19:30"
        },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);
}
