using Kombo.Core.Planning;
using static Kombo.Core.Runs.SyncType;
using static Kombo.Core.Tests.Planning.ScheduleTests;

namespace Kombo.Core.Tests.Planning;

public class PurgeTests
{
    const string Wide = "hris_teams=3:7";
    const string Narrow = "hris_teams=3:1";

    /// <summary>Synced with the scope that it still has; its daily purge is due at 20:00.</summary>
    internal static ObservationBuilder Acme => An.Observation().Every("10h", "30m").Synced("06:00", "08:50").Stored(Wide).Now("09:00")
        .Clock(Purge, clock => clock with { NextSyncTime = An.Time("20:00"), LastAttemptTime = An.Time("20:00") - TimeSpan.FromDays(1) });

    static ObservationBuilder Narrowed => Acme.Scope(Narrow);

    public static TheoryData<string, ObservationBuilderRow, string> Rules => new()
    {
        { "nothing out of scope, not due: nothing", Row(Acme), "no steps; no PurgePending; purge due 20:00; wake 09:20" },
        {
            "a narrower scope is purged at once",
            Row(Narrowed),
            "start purge ScopeNarrowed; active purge; event PurgeStarted; PurgePending=True Purging; stored hris_teams=3:7; purge attempt 09:00"
        },
        { "also while suspended", Row(Narrowed.Suspended()), "start purge ScopeNarrowed; Ready=True Suspended" },
        { "also while the API has switched syncs off", Row(Narrowed.Paused()), "start purge ScopeNarrowed" },
        { "also without credentials", Row(Narrowed.Problem("CredentialsNotFound", false)), "start purge ScopeNarrowed" },
        { "also without its schedule", Row(Narrowed.Problem("DependencyNotReady", Hindered.Syncs)), "start purge ScopeNarrowed" },
        { "also without room for syncs", Row(Narrowed.Capacity(0, 0)), "start purge ScopeNarrowed" },
        { "beside the sync that is due", Row(Narrowed.Now("09:20")), "start purge ScopeNarrowed; start delta Schedule 09:20" },
        {
            "not without a database",
            Row(Narrowed.Problem("DatabaseUnavailable", false)),
            "no start; PurgePending=True DatabaseUnavailable; wake 09:00:30"
        },
        { "what only an edit mends is looked at when it is edited", Row(Narrowed.Problem("InvalidSpec", true)), "no start; PurgePending=True InvalidSpec; wake 20:00" },
        { "and before the daily one is due it is in nobody's way", Row(Acme.Problem("InvalidSpec", true)), "no start; no PurgePending; wake 20:00" },
        {
            "nor for another source: its data may not be touched",
            Row(Narrowed.Connector(facts => facts with { Identity = "bamboohr companyDomain=other" })),
            "no start; PurgePending=True IdentityChanged"
        },
        { "nor with a scope that is none", Row(Narrowed.Connector(_ => null)), "no start" },
        { "wider is not narrower", Row(Acme.Scope("hris_employees=28:1;hris_teams=3:7")), "start full ScopeWidened; no PurgePending" },
        {
            "wider here and narrower there is both",
            Row(Acme.Scope("hris_employees=28:1;hris_teams=3:1")),
            "start full ScopeWidened; start purge ScopeNarrowed; stored hris_employees=28:1;hris_teams=3:7"
        },
        { "nothing was ever stored: nothing to purge", Row(An.Observation().Scope(Narrow)), "start full Initial; purge attempt -" },
        {
            "what an Integration of this name before has left may be out of scope",
            Row(An.Observation().Scope(Narrow).Mirrored("bamboohr companyDomain=acme").Suspended()),
            "start purge ScopeNarrowed; stored *"
        },
        { "what an older operator synced counts as stored", Row(Acme.Stored(null).Scope(Narrow)), "start purge ScopeNarrowed; stored hris_teams=3:7" },

        // Another version of Kombo knows other fields and models.
        { "an upgrade with a field more is no narrowing, and the field is fetched", Row(Acme.Scope("hris_teams=4:f")), "start full ScopeWidened; no PurgePending; active full" },
        { "nor one whose new field is out of scope", Row(Acme.Scope("hris_teams=4:7")), "no steps; no PurgePending" },
        { "nor one that has a field no more", Row(Acme.Scope("hris_teams=3-2:5")), "no steps; no PurgePending" },
        { "nor one whose connector does not bring the model any more", Row(Acme.Scope("ats_jobs=-")), "no start; no PurgePending" },
        { "nor the way back", Row(Acme.Stored("hris_teams=4:f").Status(status => status with { SyncedScope = "hris_teams=4:f" })), "no start; no PurgePending" },
        {
            "it ends no run",
            Row(Acme.Running(Full, "08:55").Running(Delta, "08:58").Running(Purge, "08:59").Scope("ats_jobs=2:3;hris_teams=4:f")),
            "no steps; active full delta purge"
        },
        { "narrowing together with it is narrowing", Row(Acme.Scope("hris_teams=4:9")), "start purge ScopeNarrowed; start full ScopeWidened" },
        {
            "and ends what runs",
            Row(Acme.Running(Full, "08:55").Scope("hris_teams=4:9")),
            "close run-full-08:55 Cancelled; delete job-full-08:55; start purge ScopeNarrowed"
        },

        // Runs of the older scope.
        {
            "a sync of the wider scope is ended first, and is due again",
            Row(Narrowed.Now("09:30").Clock(Full, clock => clock with { NextSyncTime = An.Time("09:25") }).Active(Full, "09:25").Job(Full, "09:25").WithScope(Wide)),
            "close run-full-09:25 Cancelled; delete job-full-09:25; event SyncCancelled; start purge ScopeNarrowed; full due 09:30; full failures 0; active delta purge"
        },
        {
            "another frequency does not bring back the slot of one that was ended",
            Row(Acme.Clock(Full, clock => clock with { NextSyncTime = An.Time("09:00"), LastResult = "Cancelled" }).Every("3h", "30m").Now("09:30")),
            "start full Schedule 09:30"
        },
        {
            "a sync of the same scope goes on",
            Row(Narrowed.Running(Delta, "08:59")),
            "start purge ScopeNarrowed; active delta purge"
        },
        {
            "one that the database ended for its scope is no failure",
            Row(Narrowed.Active(Full, "08:00").Row(Full, "08:00", "Cancelled", "08:59").WithRowReason("ScopeNarrowed")),
            "full failures 0; full result Cancelled; event SyncCancelled"
        },
        {
            "a purge of a scope that has become wider is ended, whatever it has left",
            Row(Acme.Active(Purge, "08:59").Job(Purge, "08:59").WithScope(Narrow).Status(status => status with { SyncedScope = Narrow })),
            "close run-purge-08:59 Cancelled; delete job-purge-08:59; event PurgeCancelled; start full ScopeWidened; purge failures 0"
        },

        // Its end.
        {
            "a purge that succeeded leaves what it let stay, and the next is due within a day",
            Row(Narrowed.Running(Purge, "08:55").Ended("08:59").Progress(Purge, "08:55", "Succeeded", "08:59")),
            "no start; stored hris_teams=3:1; no PurgePending; event PurgeSucceeded; purge last 08:59; purge result Succeeded; purge due 01:56:35+1"
        },
        {
            "it moves no clock of syncs and forgives no credentials",
            Row(Narrowed.Status(status => status with { CredentialsFailure = new(An.Time("08:00"), "1", 1) })
                .Running(Purge, "08:55").Ended("08:59").Progress(Purge, "08:55", "Succeeded", "08:59")),
            "full last 06:00; full due 16:00; delta due 09:20"
        },
        {
            "one that status did not know proves nothing of syncs that began beside it",
            Row(Narrowed.Job(Purge, "08:55").Ended("08:59")),
            "stored hris_teams=3:7; start purge ScopeNarrowed"
        },
        {
            "one that failed is tried again after its delay",
            Row(Narrowed.Running(Purge, "08:55").Ended("08:59:30", succeeded: false)),
            "no start; purge failures 1; purge due 09:00:30; event PurgeFailed!; PurgePending=True PurgeFailed; Ready=True Succeeded"
        },
        {
            "then",
            Row(Narrowed.Failing(Purge, 2, "09:10")),
            "no start; wake 09:10; PurgePending=True PurgeFailed"
        },
        { "when it has come", Row(Narrowed.Failing(Purge, 2, "09:10").Now("09:10")), "start purge Retry 09:10" },
        { "or an edit may be the remedy", Row(Narrowed.Failing(Purge, 2, "09:10").Generation(2)), "start purge ScopeNarrowed" },
        { "one at a time", Row(Narrowed.Running(Purge, "08:55")), "no start; active purge" },

        // As many as the operator allows.
        {
            "without room for it it waits, and says so",
            Row(Narrowed.PurgeCapacity(0)),
            "no start; PurgePending=True WaitingForCapacity; Synchronizing=False WaitingForSchedule; waits purge 09:00; wake 09:01"
        },
        { "the daily one too, since it was due", Row(Acme.PurgeCapacity(0).Now("20:00:10").Suspended()), "no start; no PurgePending; waits purge 20:00; wake 20:01:10" },
        { "one that runs needs no room", Row(Narrowed.PurgeCapacity(0).Running(Purge, "08:55")), "no steps; PurgePending=True Purging" },
        { "syncs do not wait for it", Row(Narrowed.PurgeCapacity(0).Now("09:20")), "start delta Schedule 09:20" },

        // Every day.
        { "the daily one", Row(Acme.Now("20:00:01").Suspended()), "start purge Retention 20:00; purge slot 20:00" },
        {
            "also where the scope cannot be known: only retention applies",
            Row(Acme.Now("20:00:01").Problem("InvalidScope", true).Connector(_ => null)),
            "start purge Retention 20:00; no PurgePending"
        },
        {
            "also beside the data of another source",
            Row(Narrowed.Now("20:00:01").Suspended().Connector(facts => facts with { Identity = "bamboohr companyDomain=other" })),
            "start purge Retention 20:00; PurgePending=True IdentityChanged"
        },
        {
            "which leaves what may be stored as it was",
            Row(Narrowed.Connector(_ => null).Running(Purge, "08:55").WithScope("").Ended("08:59").Progress(Purge, "08:55", "Succeeded", "08:59")),
            "stored hris_teams=3:7; purge last 08:59"
        },
        {
            "also where nothing was ever synced: one of its name before may have left something",
            Row(An.Observation().Suspended().Status(status => status with { IntegrationId = "b:1" })
                .Clock(Purge, clock => clock with { NextSyncTime = An.Time("08:59") })),
            "start purge Retention 08:59; stored -"
        },
        { "within two days", Row(An.Observation().Suspended()), "no steps; purge due 01:56:35+2; wake -" },
        {
            "not under an id that is another's",
            Row(Acme.Now("20:00:01").Problem("IdentityChanged", Hindered.AllRuns)),
            "no start; wake 20:00:31"
        },
        { "that fails is no pending purge", Row(Acme.Failing(Purge, 1, "09:10")), "no start; no PurgePending; wake 09:10" },
        { "a clock that jumped does not put it off for ever", Row(Acme.Clock(Purge, clock => clock with { NextSyncTime = An.Time("20:00+9") })), "purge due 01:56:35+2" },
        { "the first is due a day after the first sync at the earliest", Row(Acme.Clock(Purge, _ => new())), "no start; purge due 01:56:35+2" },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);

    [Fact]
    public void The_run_is_told_what_may_be_stored_and_what_may_stay()
    {
        var run = Start(Narrowed);
        (run.Scope, run.StoredScope, run.Everything, run.IgnoresScope).ShouldBe((Narrow, Wide, false, false));
        run.ActiveDeadline.ShouldBe(TimeSpan.FromHours(6), "whatever syncs may take");
        var daily = Start(Acme.Now("20:00:01").Suspended().Problem("InvalidScope", true));
        (daily.Scope, daily.StoredScope, daily.IgnoresScope).ShouldBe(("", null, true));
        Start(DeletionTests.Doomed).Everything.ShouldBeTrue();
        Start(DeletionTests.Doomed).ActiveDeadline.ShouldBe(TimeSpan.FromHours(6));
    }

    [Fact]
    public void Its_name_is_the_same_for_the_same_narrowing_and_another_for_the_next()
    {
        Start(Narrowed).JobName.ShouldBe(Start(Narrowed.Now("09:05")).JobName);
        Start(Narrowed).JobName.ShouldNotBe(Start(Narrowed.Generation(3)).JobName);
        Start(Narrowed).JobName.ShouldNotBe(
            Start(Narrowed.Clock(Purge, clock => clock with { LastAttemptTime = An.Time("08:30") })).JobName);
        Start(DeletionTests.Doomed).JobName.ShouldBe("acme-purge-del-0rjo8");
    }

    [Fact]
    public void What_a_sync_may_store_counts_from_its_start_and_stays_counted_when_it_fails()
    {
        var seen = Acme.Scope("hris_employees=28:1;hris_teams=3:7").Build();
        var plan = SyncPlanner.Decide(seen);
        plan.Status.StoredScope.ShouldBe("hris_employees=28:1;hris_teams=3:7");
        var after = Applied.To(seen, plan);
        var failed = after with { Jobs = [.. after.Jobs.Select(job => job with { Succeeded = false, FinishedAt = after.Now })] };

        SyncPlanner.Decide(failed).Status.StoredScope.ShouldBe("hris_employees=28:1;hris_teams=3:7");
    }

    [Fact]
    public void What_a_sync_that_began_beside_a_purge_brings_is_not_taken_for_purged()
    {
        var seen = Acme.Running(Purge, "08:58").Ended("08:59").Running(Delta, "08:59").Capacity(0, 0).Build();
        var active = seen.Integration.Status.Active!;
        var status = seen.Integration.Status with
        {
            Active = active.With(Purge, active.Purge! with { Scope = Narrow }).With(Delta, active.Delta! with { Scope = Wide }),
        };
        var plan = SyncPlanner.Decide(seen with { Integration = seen.Integration with { Status = status } });

        plan.Status.Active!.Purge.ShouldBeNull();
        plan.Status.StoredScope.ShouldBe(Wide);
    }

    [Fact]
    public void One_that_leaves_the_scope_alone_is_found_again_as_it_was_begun()
    {
        var seen = Acme.Now("20:00:01").Suspended().Problem("InvalidScope", true).Build();
        var begun = SyncPlanner.Decide(seen);
        var after = Applied.To(seen, begun);
        var untold = after with { Integration = after.Integration with { Status = seen.Integration.Status } };

        var found = SyncPlanner.Decide(untold).Status;
        found.Active!.Purge!.RunId.ShouldBe(begun.Status.Active!.Purge!.RunId);
        found.Active.Purge.Scope.ShouldBeNull("its Job can only say so with an empty text");

        var ended = untold with
        {
            Integration = untold.Integration with { Status = found },
            Jobs = [.. untold.Jobs.Select(job => job with { Succeeded = true, FinishedAt = untold.Now })],
        };
        SyncPlanner.Decide(ended).Status.StoredScope.ShouldBe(Wide, "nothing was removed for the scope's sake");
    }

    [Fact]
    public void A_thousand_integrations_are_purged_at_as_many_times_of_the_day()
    {
        var times = Enumerable.Range(0, 1000).Select(number =>
        {
            var seen = Acme.Clock(Purge, _ => new()).Build();
            return SyncPlanner.Decide(seen with { Integration = seen.Integration with { Uid = $"uid-{number}" } }).Status.Purge?.NextSyncTime;
        }).ToList();

        times.ShouldAllBe(time => time > An.Time("09:00+1") && time <= An.Time("09:00+2"), "what was just stored is not old");
        times.Distinct().Count().ShouldBeGreaterThan(980);
    }

    static StartRun Start(ObservationBuilder seen) => SyncPlanner.Decide(seen.Build()).Steps
        .OfType<Decision.StartRun>().Select(step => step.Run).Single(run => run.Type == Purge);
}
