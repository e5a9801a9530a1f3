using Kombo.Core.Planning;
using static Kombo.Core.Runs.SyncType;
using static Kombo.Core.Tests.Planning.ScheduleTests;

namespace Kombo.Core.Tests.Planning;

public class RequestTests
{
    static readonly string LongToken = new('x', 257);

    static ObservationBuilder Acme => An.Observation().Every("10h", "30m").Synced("08:00", "08:50");

    public static TheoryData<string, ObservationBuilderRow, string> Rules => new()
    {
        { "a token starts a full sync", Row(Acme.Token("t1")),
            "start full Manual t1; request t1 full Accepted; handled t1; event SyncRequestAccepted" },
        { "an empty annotation asks for nothing", Row(Acme.Token("")), "no steps; request" },
        { "or a delta", Row(Acme.Token("t1", "delta")), "start delta Manual t1; request t1 delta Accepted" },
        {
            "default is a delta where one is possible",
            Row(Acme.Token("t1", "default")),
            "start delta Manual t1; request t1 default Accepted"
        },
        {
            "default is a full where it is not",
            Row(An.Observation().Synced("08:00").Token("t1", "default")),
            "start full Manual t1; request t1 default Accepted DeltaNotSupported"
        },
        { "default is a full where the scope widened",
            Row(Acme.Status(status => status with { SyncedScope = "hris_teams=3:3" }).Token("t1", "default")),
            "start full Manual t1; request t1 default Accepted ScopeWidened" },
        {
            "a delta stays one where the scope widened, beside the full that this starts",
            Row(Acme.Status(status => status with { SyncedScope = "hris_teams=3:3" }).Token("t1", "delta")),
            "start full ScopeWidened; start delta Manual t1; request t1 delta Accepted; handled t1"
        },
        {
            "a delta that is not possible becomes a full, and says so",
            Row(An.Observation().Synced("08:00").Token("t1", "delta")),
            "start full Manual t1; request t1 delta Accepted DeltaNotSupported"
        },
        {
            "a token is answered once",
            Row(Acme.Token("t1").Handled("t1")),
            "no steps; handled t1"
        },
        {
            "another one is another request",
            Row(Acme.Token("t2").Handled("t1")),
            "start full Manual t2; handled t2"
        },
        {
            "what is due at the same time is done by the same run",
            Row(Acme.Token("t1").Now("18:00")),
            "start full Manual t1; full slot -"
        },

        // With a new object.
        { "a token that came with the object is served by its first sync", Row(An.Observation().Token("t1")),
            "start full Initial t1; request t1 full Accepted; handled t1" },
        {
            "whatever it asks for",
            Row(An.Observation().Token("t1", "delta")),
            "start full Initial t1; request t1 delta Accepted NeverSynced"
        },
        { "and waits with it", Row(An.Observation().Schedule(new() { FirstSync = "AtNextSlot" }).Token("t1")),
            "no start; request t1 full Pending WaitingForSchedule; handled -; full due 18:00" },
        {
            "until its slot comes",
            Row(An.Observation().Schedule(new() { FirstSync = "AtNextSlot" }).Token("t1").Now("18:00").Observed()
                .LastRequest("t1", "Pending", reason: "WaitingForSchedule")
                .Clock(Full, clock => clock with { NextSyncTime = An.Time("18:00") })),
            "start full Initial t1 18:00; request t1 full Accepted"
        },
        {
            "a later token does not wait",
            Row(An.Observation().Schedule(new() { FirstSync = "AtNextSlot" }).Token("t2").Observed()
                .LastRequest("t1", "Pending", reason: "WaitingForSchedule")),
            "start full Manual t2; request t2 full Accepted"
        },

        // While a run is active.
        {
            "during a run of its type it waits",
            Row(Acme.Running(Full, "08:55").Token("t1")),
            "no steps; request t1 full Pending SyncInProgress; handled -"
        },
        {
            "then one run starts after it",
            Row(Acme.Running(Full, "08:55").Ended("09:00").Token("t1").LastRequest("t1", "Pending")),
            "start full Manual t1; full due 19:00; request t1 full Accepted"
        },
        {
            "a run of the other type does not hold it",
            Row(Acme.Running(Full, "08:55").Token("t1", "delta")),
            "start delta Manual t1"
        },
        {
            "a newer one takes its place",
            Row(Acme.Running(Full, "08:55").Token("t2").LastRequest("t1", "Pending")),
            "request t2 full Pending SyncInProgress; event SyncRequestReplaced"
        },
        {
            "with the strongest of their types",
            Row(Acme.Running(Full, "08:55").Token("t2", "delta").LastRequest("t1", "Pending")),
            "no start; request t2 full Pending SyncInProgress"
        },
        {
            "a stronger one is not weakened",
            Row(Acme.Running(Delta, "08:55").Token("t2").LastRequest("t1", "Pending", type: "delta")),
            "start full Manual t2; request t2 full Accepted"
        },
        {
            "taken back",
            Row(Acme.Running(Full, "08:55").LastRequest("t1", "Pending")),
            "no start; request t1 full Rejected Cancelled; handled t1; event SyncRequestWithdrawn"
        },

        // Answers.
        {
            "the run succeeded",
            Row(Acme.Running(Full, "08:55", "t1", "Manual").Ended("09:00").Token("t1")
                .LastRequest("t1", "Accepted", runId: "run-full-08:55").Handled("t1")),
            "request t1 full Completed; no start; full due 19:00"
        },
        {
            "the run failed",
            Row(Acme.Running(Full, "08:55", "t1", "Manual").Ended("09:00", false).Token("t1")
                .LastRequest("t1", "Accepted", runId: "run-full-08:55").Handled("t1")),
            "request t1 full Failed Failed; no start; full last 08:00; full due 09:01"
        },
        {
            "the run of an older one changes nothing of a newer",
            Row(Acme.Running(Delta, "08:55", "t1", "Manual").Ended("09:00").Token("t2").Running(Full, "08:56")
                .LastRequest("t2", "Pending").Handled("t1")),
            "request t2 full Pending SyncInProgress; handled t1"
        },

        // Refusals.
        { "suspended: refused", Row(Acme.Suspended().Token("t1")),
            "no steps; request t1 full Rejected Suspended; handled t1; event SyncRequestRejected!" },
        {
            "whatever else is wrong",
            Row(Acme.Suspended().Problem("InvalidScope", true).Token("t1")),
            "request t1 full Rejected Suspended"
        },
        {
            "also one that waited",
            Row(Acme.Suspended().Token("t1").LastRequest("t1", "Pending")),
            "request t1 full Rejected Suspended; handled t1"
        },
        {
            "and not made up for",
            Row(Acme.Token("t1").LastRequest("t1", "Rejected").Handled("t1")),
            "no steps"
        },
        {
            "an unknown type",
            Row(Acme.Token("t1", "everything")),
            "no steps; request t1 everything Rejected UnknownSyncType; handled t1; event SyncRequestRejected!"
        },
        {
            "a token of more than 256 bytes",
            Row(Acme.Token(LongToken)),
            $"no steps; handled {Requests.Mark(LongToken)}; event SyncRequestRejected!"
        },
        {
            "is refused once",
            Row(Acme.Token(LongToken).Handled(Requests.Mark(LongToken))),
            "no steps; no start"
        },

        // What is in the way.
        {
            "nothing starts before the spec is mended, and the request waits",
            Row(Acme.Problem("InvalidScope", true).Token("t1")),
            "no steps; request t1 full Pending InvalidScope; handled -; wake -; Stalled=True InvalidScope; "
                + "Ready=False InvalidScope"
        },
        {
            "or before the Secret is there",
            Row(Acme.Problem("CredentialsNotFound", false).Token("t1")),
            "no steps; request t1 full Pending CredentialsNotFound; wake 09:00:30; Ready=False CredentialsNotFound; "
                + "no Stalled"
        },
        {
            "no capacity: waits",
            Row(Acme.Capacity(0, 0).Token("t1")),
            "no start; request t1 full Pending WaitingForCapacity; wake 09:01"
        },
        { "while a retry waits it does not", Row(Acme.Failing(Full, 2, "09:30").Token("t1")), "start full Manual t1" },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);

    [Theory]
    [InlineData(true, "Completed")]
    [InlineData(false, "Failed")]
    public void A_token_used_twice_gets_the_answer_of_its_run(bool succeeded, string result)
    {
        var first = SyncPlanner.Decide(Acme.Token("t1").Build()).Steps.OfType<Decision.StartRun>().Single().Run;
        var again = Acme.Token("t1").Handled("t2").LastRequest("t2", "Completed", runId: "run-of-t2")
            .Job(Full, "07:00", "t1", "Manual").Ended("07:10", succeeded)
            .LastJob(job => job with { Name = first.JobName, RunId = first.RunId });
        var plan = SyncPlanner.Decide(again.Build());
        plan.ShouldSay("no start; handled t1; full last 08:00; full due 18:00", "used twice");
        plan.Status.LastRequest.ShouldBe(new()
        {
            Token = "t1",
            Type = "full",
            Result = result,
            JobName = first.JobName,
            RunId = first.RunId,
        });
    }

    [Fact]
    public void The_name_of_a_requests_Job_does_not_depend_on_what_the_request_comes_to()
    {
        string Name(ObservationBuilder seen) => SyncPlanner.Decide(seen.Build()).Steps.OfType<Decision.StartRun>().First().Run.JobName;
        Name(Acme.Token("t1", "default")).ShouldBe(Name(An.Observation().Synced("08:00").Token("t1", "default")));
    }
}
