using Kombo.Core.Planning;
using Kombo.Core.Resources;
using static Kombo.Core.Runs.SyncType;
using static Kombo.Core.Tests.Planning.ScheduleTests;

namespace Kombo.Core.Tests.Planning;

public class ObstacleTests
{
    static ObservationBuilder Acme => An.Observation().Synced("00:00").Now("10:05");

    static ObservationBuilder Refused(string since, string now) => Acme.Now(now).Failing(Full, 20, now)
        .Status(status => status with { CredentialsFailure = new(An.Time(since), "1", 1) });

    public static TheoryData<string, ObservationBuilderRow, string> Rules => new()
    {
        {
            "what must be edited stalls",
            Row(Acme.Problem("InvalidConnector", true)),
            "no steps; wake -; Ready=False InvalidConnector; Stalled=True InvalidConnector; "
                + "Synchronizing=False InvalidConnector; event InvalidConnector!"
        },
        {
            "so does the Integration's own spec",
            Row(Acme.Spec(spec => spec with { Connector = null })),
            "no start; Stalled=True InvalidSpec"
        },
        {
            "and the schedule",
            Row(Acme.Schedule(new() { Full = new("soon", null, null) })),
            "no start; Stalled=True InvalidSchedule; wake -"
        },
        {
            "also while suspended",
            Row(Acme.Problem("InvalidScope", true).Suspended()),
            "Ready=False InvalidScope; Stalled=True InvalidScope"
        },
        {
            "what may heal is looked at again",
            Row(Acme.Problem("CredentialsNotFound", false)),
            "no steps; wake 10:05:30; Ready=False CredentialsNotFound; no Stalled"
        },
        {
            "but not while suspended",
            Row(Acme.Problem("CredentialsNotFound", false).Suspended()),
            "wake -; Ready=True Suspended"
        },
        {
            "the gravest comes first",
            Row(Acme.Problem("CredentialsNotFound", false).Problem("InvalidScope", true)),
            "Ready=False InvalidScope; wake -"
        },
        {
            "a run that is active goes on",
            Row(Acme.Running(Full, "10:00").Problem("CredentialsNotFound", false)),
            "no steps; active full; Synchronizing=True SyncInProgress"
        },
        {
            "and its end counts",
            Row(Acme.Running(Full, "10:00").Ended("10:05").Problem("InvalidScope", true)),
            "full last 10:05; full due 20:05"
        },
        {
            "healed: what was due starts",
            Row(Acme.Status(status => status with { Conditions = [new("Ready", "False", "CredentialsNotFound", "")] })),
            "start full Schedule 10:00; Ready=True Succeeded; event Recovered"
        },
        {
            "an unknown connector starts nothing",
            Row(Acme.Connector(_ => null)),
            "no start; Ready=False DependencyNotReady; full due 10:00; effective 10h -"
        },
        {
            "no id without the database",
            Row(An.Observation().Installation(null)),
            "no start; Ready=False DatabaseUnavailable; wake 09:00:30"
        },
        {
            "unless the spec names one",
            Row(An.Observation().Installation(null).Spec(spec => spec with { IntegrationId = "bamboohr:own" })),
            "start full Initial"
        },

        // Suspension tells of itself once.
        {
            "suspended",
            Row(Acme.Suspended()
                .Status(status => status with { Conditions = [new("Ready", "True", "Succeeded", "")] })),
            "event Suspended"
        },
        {
            "resumed",
            Row(Acme.Status(status => status with { Conditions = [new("Ready", "True", "Suspended", "")] })),
            "event Resumed; start full Schedule 10:00"
        },

        // Identity.
        {
            "another company under the same id is refused",
            Row(Acme.Connector(facts => facts with { Identity = "bamboohr companyDomain=other" })),
            "no start; wake -; Ready=False IdentityChanged; Stalled=True IdentityChanged"
        },
        {
            "another id too",
            Row(Acme.Spec(spec => spec with { IntegrationId = "bamboohr:other" })),
            "no start; Stalled=True IdentityChanged"
        },
        {
            "also during the first run",
            Row(An.Observation().Running(Full, "08:59")
                .Status(status => status with { Identity = "bamboohr companyDomain=x", IntegrationId = "b:1" })),
            "no start; Stalled=True IdentityChanged"
        },
        {
            "also after a first run that left something behind",
            Row(An.Observation().Failing(Full, 1, "09:00").History(Full, "08:59", "Failed")
                .Status(status => status with { Identity = "bamboohr companyDomain=x", IntegrationId = "b:1" })),
            "no start; Stalled=True IdentityChanged"
        },
        {
            "a mistake that wrote nothing may be corrected",
            Row(An.Observation().Failing(Full, 1, "09:00")
                .Status(status => status with { Identity = "bamboohr companyDomain=x", IntegrationId = "b:1" })
                .History(Full, "08:00", "Failed", isEmpty: true)),
            "start full Retry 09:00; no Stalled"
        },

        {
            "but not where more runs failed than history tells of",
            Row(An.Observation().Failing(Full, 2, "09:00")
                .Status(status => status with { Identity = "bamboohr companyDomain=x", IntegrationId = "b:1" })
                .History(Full, "08:00", "Failed", isEmpty: true)),
            "no start; Stalled=True IdentityChanged"
        },

        {
            "made again under its name for another company",
            Row(An.Observation().Mirrored("bamboohr companyDomain=former")),
            "no start; wake 01:56:35+2; Ready=False IdentityChanged; Stalled=True IdentityChanged"
        },
        {
            "made again under its name, and a request",
            Row(An.Observation().Mirrored("bamboohr companyDomain=former").Token("t1")),
            "no start; Stalled=True IdentityChanged"
        },
        {
            "made again for the same company",
            Row(An.Observation().Mirrored("bamboohr companyDomain=acme")),
            "start full Initial; no Stalled"
        },
        {
            "made again and corrected after a run that wrote nothing",
            Row(An.Observation().Failing(Full, 1, "09:00").Mirrored("bamboohr companyDomain=former")
                .Status(status => status with { Identity = "bamboohr companyDomain=x", IntegrationId = "b:1" })
                .History(Full, "08:00", "Failed", isEmpty: true)),
            "no start; Stalled=True IdentityChanged"
        },
        {
            "a registry that says otherwise than a status that was written since does not stop what runs",
            Row(Acme.Mirrored("bamboohr companyDomain=former")),
            "start full Schedule 10:00; no Stalled"
        },

        // Credentials.
        { "refused credentials are retried", Row(Refused("00:00", "23:00+2")), "start full Schedule 23:00+2" },
        { "for three days", Row(Refused("00:00", "00:00+3")),
            "no start; wake -; Ready=False AuthenticationFailed; Stalled=True AuthenticationFailed; next -" },
        { "a request tries all the same", Row(Refused("00:00", "00:00+3").Token("t1")), "start full Manual t1" },
        {
            "another Secret tries at once",
            Row(Refused("00:00", "00:00+3").Credentials("2")),
            "start full Schedule 00:00+3; no Stalled"
        },
        {
            "also before its retry is due",
            Row(Refused("00:00", "05:00").Failing(Full, 3, "06:00").Credentials("2")),
            "start full Retry 06:00"
        },
        { "another spec as well", Row(Refused("00:00", "00:00+3").Generation(2)), "start full Schedule 00:00+3" },
        {
            "but not while suspended",
            Row(Refused("00:00", "00:00+3").Credentials("2").Suspended()),
            "no start; Ready=True Suspended"
        },

        // Scope.
        {
            "a wider scope starts a full by itself",
            Row(Acme.Now("09:00").Scope("hris_employees=28:1;hris_teams=3:7")),
            "start full ScopeWidened; scope hris_teams=3:7"
        },
        {
            "not beside one that runs",
            Row(Acme.Running(Full, "10:00").Scope("hris_employees=28:1;hris_teams=3:7")),
            "no start"
        },
        {
            "but after it, if that one did not cover it",
            Row(Acme.Running(Full, "10:00").Ended("10:05").Scope("hris_employees=28:1;hris_teams=3:7")),
            "start full ScopeWidened; full due 20:05"
        },
        {
            "what a full covered is synced",
            Row(An.Observation().Running(Full, "10:00").Ended("10:05").Now("10:05")),
            "no start; scope hris_teams=3:7"
        },
        {
            "after a failure its retry brings it",
            Row(Acme.Failing(Full, 1, "10:09").Scope("hris_employees=28:1;hris_teams=3:7")),
            "no start; wake 10:09"
        },
        {
            "a narrower one starts no sync",
            Row(Acme.Now("09:00").Scope("hris_teams=3:1")),
            "start purge ScopeNarrowed; active purge; scope hris_teams=3:1"
        },
        {
            "and widening it again is widening",
            Row(Acme.Now("09:00").Status(status => status with { SyncedScope = "hris_teams=3:1" })),
            "start full ScopeWidened"
        },
        {
            "wider here and narrower there is wider",
            Row(Acme.Now("09:00").Scope("hris_employees=28:1;hris_teams=3:1")),
            "start full ScopeWidened; scope hris_teams=3:1"
        },
        { "never while suspended", Row(Acme.Suspended().Scope("hris_employees=28:1;hris_teams=3:7")), "no start" },

        // Held deletions.
        {
            "held deletions are shown",
            Row(Acme.Now("09:00").History(Full, "00:00", held: 40)),
            "no start; DeletionsHeld=True DeletionsHeld"
        },
        {
            "confirmed: a full starts",
            Row(Acme.Now("09:00").History(Full, "00:00", held: 40).Confirm("run-full-00:00")),
            "start full Manual"
        },
        {
            "confirmed while suspended: not yet",
            Row(Acme.Now("09:00").Suspended().History(Full, "00:00", held: 40).Confirm("run-full-00:00")),
            "no start; DeletionsHeld=True DeletionsHeld"
        },
        {
            "of another run: nothing",
            Row(Acme.Now("09:00").History(Full, "00:00", held: 40).Confirm("run-full-23:00")),
            "no start"
        },
        {
            "nothing held: nothing",
            Row(Acme.Now("09:00").History(Full, "00:00").Confirm("run-full-00:00")),
            "no start; no DeletionsHeld"
        },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, ObservationBuilderRow seen, string expected) =>
        SyncPlanner.Decide(seen.Build()).ShouldSay(expected, rule);

    [Fact]
    public void A_confirmation_reaches_the_run_and_the_retry_of_it()
    {
        var held = Acme.Now("09:00").History(Full, "00:00", held: 40).Confirm("run-full-00:00");
        Start(held).ConfirmedRunId.ShouldBe("run-full-00:00");
        Start(held.Failing(Full, 1, "09:00")).ShouldSatisfyAllConditions(
            run => run.Trigger.ShouldBe("Retry"), run => run.ConfirmedRunId.ShouldBe("run-full-00:00"));
        Start(Acme.History(Full, "00:00")).ConfirmedRunId.ShouldBeNull();
    }

    [Fact]
    public void Widening_to_the_same_scope_again_is_another_run()
    {
        var wide = Acme.Now("09:00").Scope("hris_employees=28:1;hris_teams=3:7");
        Start(wide).RunId.ShouldBe(Start(wide.Now("09:30")).RunId);
        Start(wide).RunId.ShouldNotBe(Start(wide.Clock(Full, clock => clock with { LastSyncTime = An.Time("01:00") })).RunId);
    }

    [Fact]
    public void Patience_with_credentials_counts_from_the_first_refusal_and_ends_with_a_success()
    {
        static CredentialsFailure? Failure(ObservationBuilder seen) =>
            SyncPlanner.Decide(seen.Build()).Status.CredentialsFailure;
        var known = Refused("00:00", "10:05").Running(Full, "10:00");
        Failure(Acme.Running(Full, "10:00").Ended("10:05", false, "AuthenticationFailed"))!
            .Since.ShouldBe(An.Time("10:05"));
        Failure(known.Ended("10:05", false, "AuthenticationFailed"))!.Since.ShouldBe(An.Time("00:00"));
        Failure(known.Ended("10:05", false, "Failed"))!.Since.ShouldBe(An.Time("00:00"), "it says nothing of them");
        Failure(known.Ended("10:05")).ShouldBeNull();
        Failure(Refused("00:00", "00:00+3").Credentials("2")).ShouldBeNull("a run with another Secret begins");
        Failure(Refused("00:00", "10:05").Running(Webhook, "10:00").Ended("10:05")).ShouldNotBeNull("it asked for no record");
    }

    static StartRun Start(ObservationBuilder seen) =>
        SyncPlanner.Decide(seen.Build()).Steps.OfType<Decision.StartRun>().Single().Run;
}
