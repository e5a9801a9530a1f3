using Kombo.Core.Planning;
using static Kombo.Core.Runs.SyncType;
using static Kombo.Core.Tests.Planning.ScheduleTests;

namespace Kombo.Core.Tests.Planning;

public class PurgeTests
{
    const string Wide = "hris_teams=3:7";
    const string Narrow = "hris_teams=3:1";

    /// <summary>Synced with the scope that it still has; its daily purge is due at 20:00.</summary>
    static ObservationBuilder Acme => An.Observation().Every("10h", "30m").Synced("06:00", "08:50").Stored(Wide).Now("09:00")
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
        { "what only an edit mends is looked at when it is edited", Row(Narrowed.Problem("InvalidSpec", true)), "no start; PurgePending=True InvalidSpec; wake -" },
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

        // Every day.
        { "the daily one", Row(Acme.Now("20:00:01").Suspended()), "start purge Retention 20:00; purge slot 20:00" },
        { "that fails is no pending purge", Row(Acme.Failing(Purge, 1, "09:10")), "no start; no PurgePending; wake 09:10" },
        { "a clock that jumped does not put it off for ever", Row(Acme.Clock(Purge, clock => clock with { NextSyncTime = An.Time("20:00+9") })), "purge due 01:56:35+2" },
        { "the first is due a day after the first sync at the earliest", Row(Acme.Clock(Purge, _ => new())), "no start; purge due 01:56:35+2" },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);

    static ObservationBuilder Doomed => Acme.WithPolicy("Delete", finalizer: true).Deleted();

    public static TheoryData<string, ObservationBuilderRow, string> Deletions => new()
    {
        { "the policy puts a finalizer on", Row(Acme.WithPolicy("Delete", finalizer: false)), "add finalizer" },
        { "once", Row(Acme.WithPolicy("Delete", finalizer: true)), "no steps" },
        { "and takes it off again", Row(Acme.WithPolicy("Retain", finalizer: true)), "remove finalizer" },
        { "Retain is the default", Row(Acme.WithPolicy(null, finalizer: true)), "remove finalizer" },
        {
            "deleted: the row is closed and all goes",
            Row(Doomed),
            "close row; start purge Deletion; active purge; event PurgeStarted; Ready=False Deleted; PurgePending=True Purging; wake 09:15"
        },
        {
            "after its syncs are stopped",
            Row(Doomed.Running(Full, "08:00").Running(Delta, "08:50")),
            "close run-full-08:00 Cancelled; delete job-full-08:00; close run-delta-08:50 Cancelled; delete job-delta-08:50; start purge Deletion"
        },
        { "also a purge for another reason", Row(Doomed.Running(Purge, "08:50")), "close run-purge-08:50 Cancelled; delete job-purge-08:50; start purge Deletion" },
        { "while it runs it is waited for", Row(Doomed.Running(Purge, "09:00", trigger: "Deletion")), "no steps; wake 09:15" },
        {
            "then the Integration goes",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Ended("09:01").Progress(Purge, "09:00", "Succeeded", "09:01")),
            "remove finalizer; event PurgeSucceeded"
        },
        {
            "one that failed leaves it to the operator's own",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Ended("09:01", succeeded: false)),
            "close row; remove finalizer; event DataRemains!"
        },
        {
            "so does one whose Job somebody removed",
            Row(Doomed.Active(Purge, "09:00", trigger: "Deletion")),
            "remove finalizer; event DataRemains!"
        },
        {
            "so does one that takes too long, and its Job goes with it",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Now("09:15")),
            "close row; delete job-purge-09:00; remove finalizer; event DataRemains!"
        },
        { "in a namespace that goes nothing can start", Row(Doomed.Terminating()), "close row; remove finalizer; event DataRemains!; no start" },
        {
            "without the database it waits",
            Row(Doomed.Problem("DatabaseUnavailable", false).Running(Full, "08:00")),
            "no steps; wake 09:00:30; PurgePending=True DatabaseUnavailable; active full"
        },
        { "a namespace whose Secrets are gone has none to wait for", Row(Doomed.Problem("DatabaseNotConfigured", false)), "no start; remove finalizer; event DataRemains!" },
        {
            "while it runs, a Secret that is gone is no matter: it was mounted before",
            Row(Doomed.Running(Purge, "09:00", trigger: "Deletion").Problem("DatabaseNotConfigured", false)),
            "no steps; wake 09:00:30"
        },
        { "its schedule may be gone before it", Row(Doomed.Problem("DependencyNotReady", Hindered.Syncs)), "close row; start purge Deletion" },
        { "and its connector", Row(Doomed.Problem("ConnectorNotFound", false).Connector(_ => null)), "close row; start purge Deletion" },
        { "what it says need not be right any more", Row(Doomed.Problem("InvalidSpec", true).Problem("InvalidScope", true)), "start purge Deletion" },
        {
            "a Job that the API server refuses is tried again",
            Row(Doomed.Problem("DependencyNotReady", Hindered.AllRuns)),
            "no start; wake 09:00:30; PurgePending=True DependencyNotReady"
        },
        { "but not for ever", Row(Doomed.Problem("DatabaseUnavailable", false).Now("09:15")), "remove finalizer; event DataRemains!" },
        { "nothing was stored: nothing to wait for", Row(An.Observation().WithPolicy("Delete", finalizer: true).Deleted()), "remove finalizer; no start" },
        {
            "nothing by itself, but one of its name before left something",
            Row(An.Observation().Mirrored("bamboohr companyDomain=acme").Status(status => status with { IntegrationId = "b:1" })
                .WithPolicy("Delete", finalizer: true).Deleted()),
            "start purge Deletion"
        },
        { "the policy changed in the meantime", Row(Doomed.WithPolicy("Retain", finalizer: true)), "remove finalizer; no start" },
        { "another's finalizer is none of ours", Row(Doomed.WithPolicy("Delete", finalizer: false)), "no steps; wake -" },
        { "suspended or not", Row(Doomed.Suspended()), "start purge Deletion" },
    };

    [Theory, MemberData(nameof(Deletions))]
    public void Ends(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);

    [Fact]
    public void The_run_is_told_what_may_be_stored_and_what_may_stay()
    {
        var run = Start(Narrowed);
        (run.Scope, run.StoredScope, run.Everything).ShouldBe((Narrow, Wide, false));
        Start(Doomed).Everything.ShouldBeTrue();
    }

    [Fact]
    public void Its_name_is_the_same_for_the_same_narrowing_and_another_for_the_next()
    {
        Start(Narrowed).JobName.ShouldBe(Start(Narrowed.Now("09:05")).JobName);
        Start(Narrowed).JobName.ShouldNotBe(Start(Narrowed.Generation(3)).JobName);
        Start(Narrowed).JobName.ShouldNotBe(
            Start(Narrowed.Clock(Purge, clock => clock with { LastAttemptTime = An.Time("08:30") })).JobName);
        Start(Doomed).JobName.ShouldBe("acme-purge-del-0rjo8");
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
        .OfType<Decision.StartSync>().Select(step => step.Run).Single(run => run.Type == Purge);
}
