using Kombo.Core.Planning;
using Kombo.Core.Runs;
using static Kombo.Core.Runs.SyncType;
using static Kombo.Core.Tests.Planning.ScheduleTests;

namespace Kombo.Core.Tests.Planning;

public class RunTests
{
    static ObservationBuilder Acme => An.Observation().Synced("00:00").Now("10:05");

    public static TheoryData<string, ObservationBuilderRow, string> Rules => new()
    {
        // How a run ended.
        {
            "the worker's progress says",
            Row(Acme.Running(Full, "10:00").Progress(Full, "10:00", "PartiallyFailed", "10:04").Ended("10:05")),
            "full result PartiallyFailed; full last 10:04; full due 20:04; SyncSucceeded=False PartiallyFailed; active"
        },
        {
            "else its termination report",
            Row(Acme.Running(Full, "10:00").Ended("10:05")
                .LastJob(job => job with { Reported = ObservationBuilder.Word(Full, "10:00", "Succeeded", "10:03") })),
            "full last 10:03"
        },
        {
            "else the database's row",
            Row(Acme.Running(Full, "10:00").Row(Full, "10:00", "Succeeded", "10:02").Ended("10:05")),
            "full last 10:02"
        },
        {
            "else the Job",
            Row(Acme.Running(Full, "10:00").Ended("10:05")),
            "full last 10:05; full result Succeeded; full attempt 10:00; no steps"
        },
        { "a Job that failed without a word closes its row", Row(Acme.Running(Full, "10:00").Ended("10:05", false)),
            "close run-full-10:00 Failed; full result Failed; full failures 1; full last 00:00; event SyncFailed!" },
        {
            "one whose worker said so closes it too: the worker may not have reached it",
            Row(Acme.Running(Full, "10:00").Progress(Full, "10:00", "PermanentError", "10:05").Ended("10:05", false)),
            "close run-full-10:00 PermanentError; full result PermanentError; full failures 1"
        },
        {
            "which waits for the database",
            Row(Acme.Running(Full, "10:00").Progress(Full, "10:00", "PermanentError", "10:05").Ended("10:05", false)
                .Problem("DatabaseUnavailable", false)),
            "no steps; active full; Ready=False DatabaseUnavailable"
        },
        {
            "or until somebody says which it is",
            Row(Acme.Running(Full, "10:00").Ended("10:05", false).Problem("DatabaseNotConfigured", false)),
            "no steps; active full; Ready=False DatabaseNotConfigured"
        },
        {
            "a success does not wait",
            Row(Acme.Running(Full, "10:00").Progress(Full, "10:00", "Succeeded", "10:04").Ended("10:05")
                .Problem("DatabaseUnavailable", false)),
            "no steps; active; full last 10:04"
        },
        {
            "one that took too long",
            Row(Acme.Running(Full, "10:00").Ended("10:05", false, "DeadlineExceeded")),
            "close run-full-10:00 DeadlineExceeded; full result DeadlineExceeded; event SyncDeadlineExceeded!; "
                + "SyncSucceeded=False DeadlineExceeded"
        },
        {
            "bad credentials by exit code",
            Row(Acme.Running(Full, "10:00").Ended("10:05", false, "AuthenticationFailed")),
            "full result AuthenticationFailed"
        },
        {
            "a success that was committed counts although the Job failed",
            Row(Acme.Running(Full, "10:00").Progress(Full, "10:00", "Succeeded", "10:04").Ended("10:05", false)),
            "full result Succeeded; full last 10:04; no steps"
        },
        {
            "an earlier attempt's failure does not count when the Job succeeded",
            Row(Acme.Running(Full, "10:00").Progress(Full, "10:00", "Failed", "10:02")
                .Row(Full, "10:00", "Succeeded", "10:04").Ended("10:05")),
            "full result Succeeded; full last 10:04"
        },
        {
            "progress of another run says nothing",
            Row(Acme.Running(Full, "10:00").Progress(Full, "09:00", "Succeeded", "09:30").Ended("10:05", false)),
            "full result Failed"
        },
        {
            "a result nobody knows says nothing",
            Row(Acme.Running(Full, "10:00").Progress(Full, "10:00", "Wonderful", "10:04").Ended("10:05")),
            "full last 10:05"
        },
        {
            "reported, but the Job has not ended: wait",
            Row(Acme.Running(Full, "10:00").Progress(Full, "10:00", "Succeeded", "10:04")),
            "no steps; active full; reason SyncInProgress"
        },

        // A Job that is gone.
        {
            "its progress still tells",
            Row(Acme.Active(Full, "10:00").Progress(Full, "10:00", "Succeeded", "10:04")),
            "full last 10:04; active; no steps"
        },
        {
            "or its row",
            Row(Acme.Active(Full, "10:00").Row(Full, "10:00", "Failed", "10:04")),
            "full result Failed; start full Retry 10:05"
        },
        {
            "else it is lost",
            Row(Acme.Active(Full, "10:00")),
            "close run-full-10:00 Lost; full result Lost; full failures 1; full due 10:06; event SyncLost!; "
                + "SyncSucceeded=False Lost"
        },
        {
            "not while the database cannot be asked",
            Row(Acme.Active(Full, "10:00").Problem("DatabaseUnavailable", false)),
            "no steps; active full; wake 10:05:30"
        },

        {
            "nor while suspended, and it is asked again",
            Row(Acme.Active(Full, "10:00").Problem("DatabaseUnavailable", false).Suspended()),
            "no steps; active full; wake 10:05:30"
        },

        // Failures.
        {
            "the first failure is retried after the base",
            Row(Acme.Running(Full, "10:00").Ended("10:05", false)),
            "full due 10:06; wake 10:06; Synchronizing=False WaitingForRetry; Ready=True Succeeded"
        },
        { "by a run of its own name", Row(Acme.Failing(Full, 1, "10:04")), "start full Retry 10:04" },
        {
            "the delay doubles",
            Row(Acme.Failing(Full, 3, "10:00").Running(Full, "10:00").Ended("10:05", false)),
            "full due 10:13; full failures 4"
        },
        {
            "up to the longest",
            Row(Acme.Failing(Full, 8, "10:00").Running(Full, "10:00").Ended("10:05", false)),
            "full due 11:05"
        },
        {
            "or to the frequency",
            Row(Acme.Every("20m").Failing(Full, 8, "10:00").Running(Full, "10:00").Ended("10:05", false)),
            "full due 10:25"
        },
        {
            "from the threshold on the frequency goes on",
            Row(Acme.Failing(Full, 9, "10:00").Running(Full, "10:00").Ended("10:05", false)),
            "full due 20:05; Ready=False FailureThresholdReached; no Stalled; event FailureThresholdReached!; "
                + "Synchronizing=False WaitingForSchedule"
        },
        { "as slots of the schedule", Row(Acme.Failing(Full, 12, "10:04")), "start full Schedule 10:04" },
        { "another frequency moves that too", Row(Acme.Failing(Full, 12, "20:05").Every("4h")), "full due 14:05" },
        { "an edit is tried at once", Row(Acme.Failing(Full, 12, "20:05").Generation(2)), "start full Schedule 10:05" },
        { "also before the retry is due", Row(Acme.Failing(Full, 2, "10:09").Generation(2)), "start full Retry 10:05" },
        {
            "but never in the slot of the run before",
            Row(Acme.Failing(Full, 2, "10:09").Clock(Full, clock => clock with { LastScheduleTime = An.Time("10:05") }).Generation(2)),
            "no start; full due 10:05:01; wake 10:05:01"
        },
        {
            "nor later than it was due",
            Row(Acme.Failing(Full, 2, "10:09").Clock(Full, clock => clock with { LastScheduleTime = An.Time("11:05") }).Generation(2)),
            "no start; full due 10:09"
        },
        { "but only where something failed", Row(Acme.Synced("10:00").Generation(2)), "no start; full due 20:00" },
        { "but no retry", Row(Acme.Failing(Full, 2, "10:09").Every("4h")), "full due 10:09" },
        { "a success ends it", Row(Acme.Failing(Full, 12, "10:00").Running(Full, "10:00").Ended("10:05")
            .Status(status => status with { Conditions = [new("Ready", "False", "FailureThresholdReached", "")] })),
            "full failures 0; full due 20:05; Ready=True Succeeded; event Recovered" },
        {
            "a failed manual run leaves the last sync and waits for its retry",
            Row(Acme.Synced("09:00").Running(Full, "10:00", "t1", "Manual").Ended("10:05", false)),
            "full last 09:00; full due 10:06"
        },
        {
            "a delta that fails is the delta's matter",
            Row(Acme.Every("10h", "30m").Synced("09:00", "09:30").Running(Delta, "10:00").Ended("10:05", false)),
            "delta failures 1; delta due 10:06; full failures 0; full due 19:00; SyncSucceeded=False Failed"
        },
        {
            "and is seen although a full succeeds",
            Row(Acme.Every("10h", "30m").Synced("09:00", "09:30").Failing(Delta, 1, "10:09").Running(Full, "10:00")
                .Ended("10:05")),
            "SyncSucceeded=False Failed"
        },
        {
            "a delta's end covers no wider scope",
            Row(Acme.Every("10h", "30m").Synced("09:00", "09:30").Scope("hris_employees=28:1;hris_teams=3:7")
                .Running(Delta, "10:00").Ended("10:05")),
            "start full ScopeWidened; scope hris_teams=3:7"
        },
        {
            "partly failed moves the clock",
            Row(Acme.Running(Full, "10:00").Progress(Full, "10:00", "PartiallyFailed", "10:04").Ended("10:05")),
            "full failures 0; full due 20:04; scope hris_teams=3:7; event SyncPartiallyFailed!"
        },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);

    [Fact]
    public void History_keeps_five_runs_and_among_them_the_last_full_that_counted()
    {
        var seen = An.Observation().Every("10h", "30m").Synced("08:00", "09:30").History(Full, "08:00").History(Delta, "08:30").History(Delta, "09:00")
            .History(Delta, "09:20").History(Delta, "09:30").Running(Delta, "10:00").Ended("10:05").Now("10:05");
        SyncPlanner.Decide(seen.Build()).Status.History!.Value.Select(run => run.RunId)
            .ShouldBe(["run-delta-10:00", "run-delta-09:30", "run-delta-09:20", "run-delta-09:00", "run-full-08:00"]);
    }

    [Fact]
    public void What_a_worker_says_at_length_is_cut()
    {
        var word = ObservationBuilder.Word(Full, "10:00", "Failed", "10:04") with { Message = new('x', 5000) };
        var plan = SyncPlanner.Decide(
            Acme.Running(Full, "10:00").Ended("10:05", false).LastJob(job => job with { Reported = word }).Build());
        plan.Status.History!.Value[0].Message!.Length.ShouldBe(1024);
        plan.Status.Conditions!.Value.ShouldAllBe(condition => condition.Message.Length <= 1024);
        plan.Steps.OfType<Decision.Publish>().ShouldAllBe(step => step.Note.Note.Length <= 1024);
    }

    [Fact]
    public void A_run_that_is_taken_tells_when_it_began()
    {
        var seen = Acme.Running(Full, "10:00").LastJob(job => job with { CreatedAt = An.Time("09:58:30.5") });
        SyncPlanner.Decide(seen.Ended("10:05").Build()).Status.History!.Value[0].StartTime
            .ShouldBe(An.Time("09:58:30"));
    }

    [Fact]
    public void A_Job_that_has_ended_is_not_told_as_started() =>
        PlanText.Lines(SyncPlanner.Decide(Acme.Job(Full, "10:00").Ended("10:04").Build()))
            .ShouldNotContain("event SyncStarted");

    [Fact]
    public void The_history_entry_holds_what_is_known_of_the_run()
    {
        var word = ObservationBuilder.Word(Full, "10:00", "PartiallyFailed", "10:04") with
        {
            Reason = "SourceError",
            Message = "hris_teams: 403",
            Counts = new RunCounts { Read = 5 },
        };
        var run = SyncPlanner.Decide(Acme.Running(Full, "10:00").Ended("10:05").LastJob(job => job with { Reported = word }).Build())
            .Status.History!.Value.ShouldHaveSingleItem();
        run.ShouldBe(new()
        {
            RunId = "run-full-10:00",
            Type = "full",
            Trigger = "Schedule",
            Result = "PartiallyFailed",
            Reason = "SourceError",
            Message = "hris_teams: 403",
            StartTime = An.Time("10:00"),
            FinishedAt = An.Time("10:04"),
            Counts = new RunCounts { Read = 5 },
        });
    }

    [Fact]
    public void Of_runs_that_end_within_a_second_the_later_one_is_the_newest()
    {
        var seen = An.Observation().Now("10:05").History(Full, "10:04").Running(Full, "10:05").Ended("10:04");
        SyncPlanner.Decide(seen.Build()).Status.History!.Value.Select(run => run.RunId)
            .ShouldBe(["run-full-10:05", "run-full-10:04"]);
    }
}
