using Kombo.Core.Planning;
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
        young.Steps.OfType<Decision.StartSync>().ShouldBeEmpty();
        young.Waiting.ShouldHaveSingleItem().Since.ShouldBe(An.Morning.AddMinutes(-1));
        ledger.Decide(old).Steps.OfType<Decision.StartSync>().ShouldHaveSingleItem();
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
