using Kombo.Core.Planning;
using static Kombo.Core.Runs.SyncType;
using static Kombo.Core.Tests.Planning.ScheduleTests;

namespace Kombo.Core.Tests.Planning;

public class WebhookTests
{
    /// <summary>Synced lately; nothing is due before 09:20.</summary>
    static ObservationBuilder Acme => An.Observation().Every("10h", "30m").Synced("06:00", "08:50").Now("09:00");

    static ObservationBuilder Told => Acme.Events("08:59:58");

    public static TheoryData<string, ObservationBuilderRow, string> Rules => new()
    {
        { "nothing waits: nothing", Row(Acme), "no steps; no EventsWaiting; wake 09:20" },
        {
            "events wait: a run takes them",
            Row(Told),
            "start webhook Webhook; active webhook; Synchronizing=True SyncInProgress; no EventsWaiting; webhook attempt 09:00; "
            + "full due 16:00; delta due 09:20; stored hris_teams=3:7"
        },
        { "one at a time, whatever comes meanwhile", Row(Told.Running(Webhook, "08:59").Working()), "no start; active webhook; no EventsWaiting; wake 09:20" },
        { "beside a full that runs for hours", Row(Told.Running(Full, "02:00")), "start webhook Webhook; active full webhook" },
        { "beside a delta", Row(Told.Running(Delta, "08:59")), "start webhook Webhook" },
        { "beside a purge run", Row(Told.Running(Purge, "08:59")), "start webhook Webhook" },
        { "beside the sync that is due", Row(Told.Now("09:20")), "start delta Schedule 09:20; start webhook Webhook" },
        { "while the very first full runs", Row(An.Observation().Every("10h").Events("08:59").Running(Full, "08:00")), "start webhook Webhook" },
        { "and at once with it", Row(An.Observation().Every("10h").Events("08:59")), "start full Initial; start webhook Webhook" },
        {
            "but not before it",
            Row(An.Observation().Every("10h").Events("08:59").Capacity(0, 0)),
            "no start; EventsWaiting=True NeverSynced"
        },

        // What keeps them waiting.
        { "not enabled: they wait and say so", Row(Acme.Events("08:59", enabled: false)), "no start; EventsWaiting=True WebhooksDisabled; wake 09:20" },
        { "suspended", Row(Told.Suspended()), "no start; EventsWaiting=True Suspended; wake -" },
        { "switched off by the API", Row(Told.Paused()), "no start; EventsWaiting=True PausedByApi" },
        { "the API ends the run that goes on", Row(Told.Paused().Running(Webhook, "08:59")), "close run-webhook-08:59 Cancelled; delete job-webhook-08:59; webhook failures 0" },
        { "invalid", Row(Told.Problem("InvalidSpec", true)), "no start; EventsWaiting=True InvalidSpec" },
        { "no Secret", Row(Told.Problem("CredentialsNotFound", false)), "no start; EventsWaiting=True CredentialsNotFound; wake 09:00:30" },
        { "another source", Row(Told.Connector(facts => facts with { Identity = "bamboohr companyDomain=other" })), "no start; EventsWaiting=True IdentityChanged" },
        {
            "credentials that were refused for days",
            Row(Told.Now("09:00+4").Status(status => status with { CredentialsFailure = new(An.Time("08:00"), "1", 1) })),
            "no start; EventsWaiting=True AuthenticationFailed"
        },
        { "no room", Row(Told.Capacity(5, 5, webhook: 0)), "no start; EventsWaiting=True WaitingForCapacity; wake 09:01; Synchronizing=False WaitingForSchedule" },
        { "the room is its own", Row(Told.Capacity(0, 0)), "start webhook Webhook" },
        { "nothing waits any more: nothing is said", Row(Acme.Suspended()), "no EventsWaiting" },

        // One after the other.
        { "the next begins ten seconds after the last", Row(Told.Clock(Webhook, clock => clock with { LastSyncTime = An.Time("08:59:55") })), "no start; no EventsWaiting; wake 09:00:05" },
        { "then", Row(Told.Now("09:00:05").Clock(Webhook, clock => clock with { LastSyncTime = An.Time("08:59:55") })), "start webhook Webhook" },
        { "a clock that jumped does not hold them up", Row(Told.Clock(Webhook, clock => clock with { LastSyncTime = An.Time("12:00") })), "start webhook Webhook" },
        {
            "a run that succeeded",
            Row(Acme.Running(Webhook, "08:59").Ended("08:59:30").Progress(Webhook, "08:59", "Succeeded", "08:59:30")),
            "no start; webhook last 08:59:30; webhook failures 0; webhook result Succeeded; webhook due -; full last 06:00; delta last 08:50; no EventsWaiting"
        },

        // Failures.
        {
            "a run that failed is tried again after its delay, and says so",
            Row(Told.Running(Webhook, "08:59").Ended("08:59:30", succeeded: false)),
            "no start; webhook failures 1; webhook due 09:00:30; wake 09:00:30; EventsWaiting=True WaitingForRetry; "
            + "event WebhookRunFailed!; Ready=True Succeeded; full failures 0"
        },
        { "when it has come", Row(Told.Failing(Webhook, 1, "09:00")), "start webhook Webhook" },
        { "or an edit may be the remedy", Row(Told.Failing(Webhook, 3, "09:30").Generation(2)), "start webhook Webhook" },
        { "it never waits longer than the longest delay", Row(Told.Failing(Webhook, 40, "09:50").Now("09:50")), "start webhook Webhook" },
        { "and no clock that jumped makes it", Row(Told.Failing(Webhook, 1, "20:00")), "start webhook Webhook" },
        { "no events any more: its failures are in nobody's way", Row(Acme.Failing(Webhook, 3, "09:30")), "no start; no EventsWaiting; wake 09:20" },
        {
            "refused credentials count as they do for syncs",
            Row(Told.Active(Webhook, "08:59").Row(Webhook, "08:59", "AuthenticationFailed", "08:59:30")),
            "webhook result AuthenticationFailed; EventsWaiting=True WaitingForRetry"
        },
        {
            "a Job that vanished",
            Row(Told.Active(Webhook, "08:59")),
            "close run-webhook-08:59 Lost; webhook failures 1; event WebhookRunFailed!"
        },
        { "a Job that status does not know is adopted", Row(Told.Job(Webhook, "08:59:50", trigger: "Webhook")), "no start; active webhook" },

        // Scope and deletion.
        {
            "one of a wider scope is ended",
            Row(Told.Stored("hris_teams=3:7").Scope("hris_teams=3:1").Running(Webhook, "08:59").WithScope("hris_teams=3:7")),
            "close run-webhook-08:59 Cancelled; start purge ScopeNarrowed; webhook failures 0"
        },
        {
            "one that the full of a wider scope ended is no failure",
            Row(Told.Active(Webhook, "08:59").Row(Webhook, "08:59", "Cancelled", "08:59:30").WithRowReason("ScopeWidened")),
            "start webhook Webhook; webhook failures 0; no EventsWaiting"
        },
        {
            "the Integration goes",
            Row(Told.WithPolicy("Delete", finalizer: true).Running(Webhook, "08:59").Deleted()),
            "close run-webhook-08:59 Cancelled; delete job-webhook-08:59; start purge Deletion"
        },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);

    [Fact]
    public void The_same_events_after_the_same_run_are_the_same_Job_and_all_others_another()
    {
        var first = Name(Told);
        Name(Told.Now("09:00:20")).ShouldBe(first);
        Name(Acme.Events("08:59:58", oldest: 2)).ShouldNotBe(first);
        Name(Told.Clock(Webhook, clock => clock with { LastAttemptTime = An.Time("08:00") })).ShouldNotBe(first);
        Name(Told.History(Webhook, "08:30")).ShouldNotBe(first);
        first.ShouldMatch("^acme-webhook-w[0-9a-z]{10}-[0-9a-z]{5}$");
    }

    static string Name(ObservationBuilder seen) =>
        SyncPlanner.Decide(seen.Build()).Steps.OfType<Decision.StartRun>().Single().Run.JobName;

    [Fact]
    public void Webhook_runs_push_no_sync_out_of_history()
    {
        var seen = Acme.History(Full, "06:00").History(Delta, "08:20").History(Delta, "08:50");
        foreach (var minute in Enumerable.Range(51, 8))
            seen = seen.History(Webhook, $"08:{minute}");
        seen = seen.Running(Webhook, "08:59").Ended("08:59:30").Progress(Webhook, "08:59", "Succeeded", "08:59:30");

        SyncPlanner.Decide(seen.Build()).Status.History!.Value.Select(run => $"{run.Type} {An.Text(run.FinishedAt)}")
            .ShouldBe(["webhook 08:59:30", "webhook 08:58", "delta 08:50", "delta 08:20", "full 06:00"]);
    }

    [Fact]
    public void Of_webhook_runs_one_Job_of_each_outcome_is_kept_beside_those_of_syncs()
    {
        var seen = Acme;
        foreach (var time in new[] { "05:00", "06:00" })
            seen = seen.Job(Full, time).Ended(time).History(Full, time);
        foreach (var time in new[] { "08:01", "08:02" })
            seen = seen.Job(Webhook, time).Ended(time).History(Webhook, time);
        seen = seen.Clock(Webhook, clock => clock with { LastAttemptTime = An.Time("08:02") });

        SyncPlanner.Decide(seen.Build()).Steps.OfType<Decision.DeleteJob>().Select(step => step.JobName).ShouldBe(["job-webhook-08:01"]);
    }

    [Fact]
    public void An_explanation_says_why_events_wait() => SyncPlanner.Decide(Told.Suspended().Build()).Explanation
        .ShouldContain("Events of the source wait since 2026-03-01T08:59:58Z and are kept: spec.suspend is true");
}
