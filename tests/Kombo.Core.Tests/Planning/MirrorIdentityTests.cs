using Kombo.Core.Planning;
using Kombo.Core.Resources;
using static Kombo.Core.Runs.SyncType;

namespace Kombo.Core.Tests.Planning;

/// <summary>An Integration that was made again under its name has an empty status and the former one's records.</summary>
public class MirrorIdentityTests
{
    [Fact]
    public void The_refusal_names_both_sources_the_object_the_id_and_what_to_do()
    {
        var plan = SyncPlanner.Decide(An.Observation().Mirrored("bamboohr companyDomain=former").Build());

        var message = Conditions.Find(plan.Status.Conditions, ConditionTypes.Stalled).ShouldNotBeNull().Message;
        message.ShouldBe(
            "Integration \"hr/acme\" reads \"bamboohr companyDomain=acme\", but the mirror holds records of \"bamboohr companyDomain=former\" "
            + $"under its integration id \"{plan.Status.IntegrationId}\", from an Integration of this name before: the records of both would be "
            + "mixed under the same ids. Create it under another name or with another spec.integrationId, put the former source back, "
            + "or delete what is mirrored under that id first");
        plan.Status.Identity.ShouldBeNull("nothing of its own is mirrored");
    }

    [Fact]
    public void The_registry_is_asked_while_status_does_not_tell()
    {
        var derived = SyncPlanner.Decide(An.Observation().Build()).Status.IntegrationId.ShouldNotBeNull();
        Identities.Unbound(An.Observation().Build()).ShouldBe(derived);
        Identities.Unbound(An.Observation().Spec(spec => spec with { IntegrationId = "bamboohr:own" }).Build()).ShouldBe("bamboohr:own");
        Identities.Unbound(An.Observation().Installation(null).Build()).ShouldBeNull("no id is known");
        Identities.Unbound(An.Observation().Synced("00:00").Build()).ShouldBeNull("status tells");
        Identities.Unbound(An.Observation().Running(Full, "08:59").Build()).ShouldBeNull("what runs has bound it");
    }

    [Fact]
    public void A_source_whose_run_wrote_nothing_is_asked_for_again_under_the_id_that_a_run_would_have()
    {
        var corrected = An.Observation().Failing(Full, 1, "09:00")
            .Status(status => status with { Identity = "bamboohr companyDomain=x", IntegrationId = "b:1" })
            .History(Full, "08:00", "Failed", isEmpty: true).Build();

        Identities.Unbound(corrected).ShouldBe(SyncPlanner.Decide(corrected).Status.IntegrationId);
    }

    [Fact]
    public void A_purge_that_pushed_a_run_out_of_history_does_not_make_it_forgotten()
    {
        var seen = An.Observation().Failing(Full, 5, "12:00")
            .Status(status => status with { Identity = "bamboohr companyDomain=x", IntegrationId = "b:1" });
        foreach (var at in new[] { "05:00", "06:00", "07:00", "08:00" })
            seen = seen.History(Full, at, "AuthenticationFailed", isEmpty: true); // the first of the five wrote records

        SyncPlanner.Decide(seen.History(Purge, "08:30", isEmpty: true).Build()).Status.Identity
            .ShouldBe("bamboohr companyDomain=x");
    }
}
