using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Cluster;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Tests.Cluster;

public sealed class CapacityLedgerTests
{
    [Fact]
    public void Room_goes_to_the_most_overdue_one_even_if_another_one_is_looked_at_first()
    {
        var clock = new ManualClock(An.Morning);
        using var queues = new WorkQueues(clock);
        var ledger = new CapacityLedger(queues, Options.Create(new OperatorOptions { MaxActiveSyncs = 1 }), clock);
        ledger.Shown(An.Job());
        var old = Seen("old", minutesAgo: 10);
        ledger.Note(old, ledger.Preview(old));
        ledger.Gone(An.Job());
        var young = ledger.Decide(Seen("young", minutesAgo: 1));
        young.Steps.OfType<Decision.StartRun>().ShouldBeEmpty();
        young.Waiting.ShouldHaveSingleItem().Since.ShouldBe(An.Morning.AddMinutes(-1));
        ledger.Decide(old).Steps.OfType<Decision.StartRun>().ShouldHaveSingleItem();
    }

    [Fact]
    public void Purges_have_a_room_of_their_own_and_take_none_from_syncs()
    {
        var clock = new ManualClock(An.Morning);
        using var queues = new WorkQueues(clock);
        var ledger = new CapacityLedger(queues, Options.Create(new OperatorOptions { MaxActiveSyncs = 1, MaxActivePurges = 2 }), clock);

        var plans = Enumerable.Range(0, 1000).Select(number => ledger.Decide(Narrowed($"n{number}"))).ToList();

        plans.SelectMany(Started).Count(run => run.Type == SyncType.Purge).ShouldBe(2);
        plans[999].Waiting.ShouldContain(waiting => waiting.Type == SyncType.Purge);
        Started(ledger.Decide(Seen("new", minutesAgo: 1))).ShouldHaveSingleItem().Type.ShouldBe(SyncType.Full);
        ledger.Gone(new V1Job { Metadata = new() { NamespaceProperty = "hr", Name = Started(plans[0]).Single().JobName } });
        Started(ledger.Decide(Narrowed("n999"))).ShouldBeEmpty("others have waited longer");
        Started(ledger.Decide(Narrowed("n10"))).ShouldHaveSingleItem("it is the first by name of those that have waited as long");
    }

    static IEnumerable<StartRun> Started(Plan plan) => plan.Steps.OfType<Decision.StartRun>().Select(step => step.Run);

    static Observation Narrowed(string name)
    {
        var seen = Seen(name, minutesAgo: 1);
        var status = new IntegrationStatus
        {
            IntegrationId = name,
            StoredScope = "hris_teams=4:f",
            SyncedScope = "hris_teams=4:7",
            Full = new() { LastSyncTime = An.Morning, NextSyncTime = An.Morning.AddHours(1) },
        };
        var spec = seen.Integration.Spec with { Suspend = true };
        return seen with
        {
            Integration = seen.Integration with { Spec = spec, Status = status },
            Connector = seen.Connector! with { Scope = new("hris_teams=4:7") },
        };
    }

    static Observation Seen(string name, int minutesAgo) => new()
    {
        Integration = new()
        {
            Namespace = "hr",
            Name = name,
            Uid = name,
            CreationTimestamp = An.Morning.AddMinutes(-minutesAgo),
            Spec = An.Integration().Spec!,
        },
        Schedule = ObservedSchedule.BuiltIn,
        Connector = new("scim", false, false, "scim", new ScopeFingerprint("hris_teams=3:7")),
        InstallationId = "installation",
        Now = An.Morning,
    };
}
