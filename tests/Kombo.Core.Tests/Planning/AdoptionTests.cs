using Kombo.Core.Planning;
using static Kombo.Core.Runs.SyncType;
using static Kombo.Core.Tests.Planning.ScheduleTests;

namespace Kombo.Core.Tests.Planning;

/// <summary>A Job that status does not know.</summary>
public class AdoptionTests
{
    static ObservationBuilder Acme => An.Observation().Synced("00:00").Now("10:05");

    public static TheoryData<string, ObservationBuilderRow, string> Rules => new()
    {
        {
            "running: adopted",
            Row(Acme.Job(Full, "10:00")),
            "no steps; active full; full attempt 10:00; reason SyncInProgress; event SyncStarted"
        },
        {
            "its token is acknowledged",
            Row(Acme.Job(Full, "10:00", "t1", "Manual").Token("t1")),
            "no steps; active full; request t1 full Accepted; handled t1; event SyncRequestAccepted"
        },
        { "and closed if it ended", Row(Acme.Job(Full, "10:00", "t1", "Manual").Ended("10:04").Token("t1")),
            "no start; active; full last 10:04; full due 20:04; request t1 full Completed; handled t1" },
        {
            "a newer token still gets its run",
            Row(Acme.Job(Full, "10:00", "t1", "Manual").Ended("10:04").Token("t2")),
            "start full Manual t2; handled t2"
        },
        {
            "its end is taken before the next one's beginning",
            Row(Acme.Job(Full, "10:00").Job(Full, "09:00").Ended("09:30")),
            "full last 09:30; active full; full attempt 10:00; no steps"
        },
        {
            "two ends are taken in the order of their Jobs",
            Row(Acme.Job(Full, "09:00").Ended("09:50").LastJob(job => job with { CreatedAt = An.Time("09:40") })
                .Job(Full, "09:30").Ended("09:35", false)),
            "full failures 0; full result Succeeded; full last 09:50; full attempt 09:40; close run-full-09:30 Failed"
        },
        {
            "also of a Job that was made after the one that runs",
            Row(Acme.Job(Full, "09:00").Job(Full, "09:30").Ended("09:50")),
            "full last 09:50; active full; full attempt 09:00"
        },
        {
            "a run began when its Job was made",
            Row(Acme.Running(Full, "10:00").LastJob(job => job with { CreatedAt = An.Time("09:58:30.5") })
                .Ended("10:05")),
            "full attempt 09:58:30"
        },
        {
            "what a newer token got already stays its answer",
            Row(Acme.Job(Full, "10:00", "t1", "Manual").Token("t2").Handled("t2")
                .LastRequest("t2", "Completed", runId: "run-full-09:00")),
            "no steps; active full; handled t2"
        },
        {
            "a token that waits is not answered by the run of an older one",
            Row(Acme.Job(Full, "10:00", "t1", "Manual").Token("t2").LastRequest("t2", "Pending")),
            "no start; active full; handled t1; request t2 full Pending SyncInProgress"
        },
        {
            "a request keeps the type that it asked for when its Job is adopted",
            Row(Acme.Job(Full, "10:00", "t1", "Manual").Token("t1").LastRequest("t1", "Pending", type: "default")),
            "request t1 default Accepted; handled t1"
        },
        {
            "one that is recorded is not taken twice",
            Row(Acme.Job(Full, "09:00").Ended("09:01").History(Full, "09:00")),
            "full last 00:00; start full Schedule 10:00"
        },
        {
            "nor one from before the last attempt",
            Row(Acme.Job(Full, "23:00").Ended("23:01")
                .LastJob(job => job with { CreatedAt = An.Time("00:00").AddDays(-1) })
                .Clock(Full, clock => clock with { LastAttemptTime = An.Time("00:00") })),
            "full last 00:00; start full Schedule 10:00"
        },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);
}
