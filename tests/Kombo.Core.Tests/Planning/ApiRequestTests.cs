using Kombo.Core.Planning;
using static Kombo.Core.Runs.SyncType;
using static Kombo.Core.Tests.Planning.ScheduleTests;

namespace Kombo.Core.Tests.Planning;

public class ApiRequestTests
{
    static ObservationBuilder Acme => An.Observation().Every("10h", "30m").Synced("08:00", "08:50");

    public static TheoryData<string, ObservationBuilderRow, string> Rules => new()
    {
        {
            "a row starts its run, and is accepted before",
            Row(Acme.Asked("r1", "full")),
            "accept r1 full as full; start full Manual; active full; event SyncRequestAccepted; request; handled -"
        },
        { "or a delta", Row(Acme.Asked("r1", "delta")), "accept r1 delta as delta; start delta Manual" },
        {
            "a delta that is not possible becomes a full",
            Row(An.Observation().Synced("08:00").Asked("r1", "delta")),
            "accept r1 delta as delta; start full Manual"
        },
        {
            "a first sync serves it",
            Row(An.Observation().Asked("r1", "delta")),
            "accept r1 delta as delta; start full Manual"
        },
        {
            "also before the slot of a first sync that waits for it",
            Row(An.Observation().Schedule(new() { FirstSync = "AtNextSlot" }).Asked("r1", "full")),
            "start full Manual"
        },

        // Several at once.
        {
            "a token of the same type is served by its run",
            Row(Acme.Asked("r1", "full").Token("t1")),
            "accept r1 full as full; start full Manual t1; request t1 full Accepted; handled t1"
        },
        {
            "a weaker token too",
            Row(Acme.Asked("r1", "full").Token("t1", "delta")),
            "start full Manual t1; request t1 delta Accepted; handled t1"
        },
        {
            "a stronger token makes it a full",
            Row(Acme.Asked("r1", "delta").Token("t1")),
            "accept r1 delta as full; start full Manual t1; handled t1"
        },
        {
            "one that was accepted has a run of its own",
            Row(Acme.Asked("r1", "delta", accepted: true).Token("t1")),
            "accept r1 delta as delta; start delta Manual; start full Manual t1; request t1 full Accepted; handled t1"
        },
        {
            "and comes before the others",
            Row(Acme.Asked("r2", "full").Asked("r1", "delta", accepted: true)),
            "accept r1 delta as delta; start delta Manual; accept r2 full as full; start full Manual"
        },

        // While a run is active.
        { "during a run of its type it waits", Row(Acme.Running(Full, "08:55").Asked("r1", "full")), "no steps" },
        {
            "then it starts",
            Row(Acme.Running(Full, "08:55").Ended("09:00").Asked("r1", "full")),
            "start full Manual; full due 19:00"
        },
        {
            "its own run serves it",
            Row(Acme.Running(Full, "08:55", trigger: "Manual").Asked("run-full-08:55", "full", accepted: true)),
            "no steps; active full"
        },
        {
            "also one that status does not know yet",
            Row(Acme.Job(Full, "08:55", trigger: "Manual").Asked("run-full-08:55", "full", accepted: true)),
            "no start; active full"
        },

        // Answers.
        {
            "its run succeeded",
            Row(Acme.Running(Full, "08:55", trigger: "Manual").Ended("09:00")
                .Asked("run-full-08:55", "full", accepted: true)),
            "answer run-full-08:55 Completed; full due 19:00; no start"
        },
        {
            "it failed",
            Row(Acme.Running(Full, "08:55", trigger: "Manual").Ended("09:00", false, "OutOfMemory")
                .Asked("run-full-08:55", "full", accepted: true)),
            "answer run-full-08:55 Failed OutOfMemory; full due 09:01; no start"
        },
        {
            "it is over, and the answer was not given",
            Row(Acme.History(Full, "08:00").Asked("run-full-08:00", "full", accepted: true)),
            "answer run-full-08:00 Completed; no start"
        },

        // Refusals.
        {
            "suspended: rejected",
            Row(Acme.Suspended().Asked("r1", "full")),
            "no start; answer r1 Rejected Suspended; event SyncRequestRejected!"
        },
        {
            "also one that was accepted and has no Job",
            Row(Acme.Suspended().Asked("r1", "full", accepted: true)),
            "answer r1 Rejected Suspended"
        },
        {
            "but not the one whose run goes on",
            Row(Acme.Suspended().Running(Full, "08:55").Asked("run-full-08:55", "full", accepted: true)),
            "no steps; active full"
        },
        {
            "what must be edited lets it wait",
            Row(Acme.Problem("InvalidScope", true).Asked("r1", "full")),
            "no steps"
        },
        { "no capacity: waits", Row(Acme.Capacity(0, 0).Asked("r1", "full")), "no steps" },

        // Switched off by the API.
        {
            "nothing starts",
            Row(Acme.Paused().Now("18:00")),
            "no steps; wake -; Ready=True PausedByApi; Synchronizing=False PausedByApi; no Stalled; full due 18:00"
        },
        {
            "what is asked for is rejected",
            Row(Acme.Paused().Token("t1").Asked("r1", "full")),
            "answer r1 Rejected PausedByApi; request t1 full Rejected PausedByApi; handled t1; no start"
        },
        {
            "what runs is ended: its row first, which shuts the worker out",
            Row(Acme.Paused().Running(Full, "08:55").Running(Delta, "08:56")),
            "close run-full-08:55 Cancelled; delete job-full-08:55; close run-delta-08:56 Cancelled; "
                + "delete job-delta-08:56; active; event SyncCancelled; full result Cancelled"
        },
        {
            "that is no failure, and a slot that has come has come",
            Row(Acme.Paused().Running(Full, "17:59").Now("18:00")),
            "full failures 0; full due 18:00:01; full last 08:00"
        },
        {
            "one that has not come stays",
            Row(Acme.Paused().Running(Full, "08:55")),
            "full failures 0; full due 18:00"
        },
        {
            "also when the Job was gone before that was stored",
            Row(Acme.Paused().Active(Full, "08:55").Row(Full, "08:55", "Cancelled", "09:00")),
            "no start; full failures 0; full due 18:00; active"
        },
        {
            "its Job may still be there: it is not taken again",
            Row(Acme.Job(Full, "08:55").History(Full, "08:55", "Cancelled")),
            "no start; active; full due 18:00"
        },
        {
            "a success that came in between counts",
            Row(Acme.Paused().Running(Full, "08:55").Progress(Full, "08:55", "Succeeded", "08:59").Ended("08:59")),
            "full result Succeeded; full due 18:59; active"
        },
        {
            "a first sync that was ended begins again with a slot of its own",
            Row(An.Observation().Clock(Full, clock => clock with
            {
                LastResult = "Cancelled",
                NextSyncTime = An.Time("08:59"),
            })),
            "start full Initial 08:59"
        },
        {
            "switched on again: what was due starts",
            Row(Acme.Clock(Full, clock => clock with { LastResult = "Cancelled", NextSyncTime = An.Time("08:59") })
                .Status(status => status with { Conditions = [new("Ready", "True", "PausedByApi", "")] })),
            "start full Schedule 08:59; event Resumed"
        },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);

    [Fact]
    public void The_run_has_the_id_that_was_promised_also_when_a_token_joins_and_after_a_crash()
    {
        var start = Start(Acme.Asked("r1", "delta").Token("t1"));
        start.RunId.ShouldBe("r1");
        // The operator died after it had accepted the request.
        var again = Start(Acme.Asked("r1", "full", accepted: true).Token("t1"));
        (again.RunId, again.JobName, again.Token).ShouldBe(("r1", start.JobName, "t1"));
    }

    [Fact]
    public void Its_Job_has_the_name_that_it_has_whatever_it_comes_to() =>
        Start(Acme.Asked("r1", "delta")).JobName
            .ShouldBe(Start(An.Observation().Synced("08:00").Asked("r1", "delta")).JobName);

    [Fact]
    public void It_is_explained()
    {
        SyncPlanner.Decide(Acme.Asked("r1", "full").Build()).Explanation
            .ShouldStartWith("A full sync starts now, because the API asks for it");
        SyncPlanner.Decide(Acme.Running(Full, "08:55").Asked("r1", "full").Build()).Explanation
            .ShouldContain("Request r1 (full) of the API waits.");
        SyncPlanner.Decide(Acme.Paused().Build()).Explanation
            .ShouldStartWith("Suspended: syncs are switched off by the API");
    }

    static StartRun Start(ObservationBuilder seen) =>
        SyncPlanner.Decide(seen.Build()).Steps.OfType<Decision.StartRun>().Single().Run;
}
