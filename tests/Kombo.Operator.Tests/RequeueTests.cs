using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Operator.Tests.Support;

namespace Kombo.Operator.Tests;

public sealed class RequeueTests
{
    static readonly TimeSpan Resync = TimeSpan.FromMinutes(10);

    public static TheoryData<string, TimeSpan?, bool, bool, int> Rules => new()
    {
        { "in a while", TimeSpan.FromMinutes(2), false, false, 120 },
        { "nothing to wait for", null, false, false, 600 },
        { "far away", TimeSpan.FromDays(2), false, false, 600 },
        { "already due: never without a pause", TimeSpan.FromSeconds(-5), false, false, 1 },
        { "only an edit helps", null, false, true, 600 },
        { "only an edit of a ConfigMap helps, and none is watched", null, true, true, 30 },
        { "a ConfigMap without a problem", null, true, false, 600 },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Looks_again(string rule, TimeSpan? wakeIn, bool isFromConfigMap, bool isStalled, int expectedSeconds)
    {
        var seen = new Observation
        {
            Integration = new()
            {
                Namespace = "hr",
                Name = "acme",
                Uid = "u",
                Spec = isFromConfigMap ? new() { ConnectorFrom = new(new KeyReference("a", "b")) }
                    : new() { Connector = "scim" },
            },
            Schedule = ObservedSchedule.BuiltIn,
            Problems = isStalled ? [new(Reasons.InvalidConnector, "spec.connector: bad", NeedsEdit: true)] : [],
            Now = An.Morning,
        };
        DateTimeOffset? wakeAt = wakeIn is { } wake ? An.Morning + wake : null;
        var plan = new Plan([], new(), Reasons.WaitingForSchedule, wakeAt) { Explanation = "" };
        Requeue.After(plan, seen, Resync, An.Morning).ShouldBe(TimeSpan.FromSeconds(expectedSeconds), rule);
    }
}
