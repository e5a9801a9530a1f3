using Kombo.Core.Planning;

namespace Kombo.Operator.Tests.Faults;

/// <summary>What the tales leave out, no operator dies at.</summary>
public sealed class TaleTests
{
    static readonly Dictionary<Type, string> Calls = new()
    {
        [typeof(Decision.StartRun)] = "create V1Job",
        [typeof(Decision.AcceptRequest)] = "acceptance of a request",
        [typeof(Decision.AnswerRequest)] = "answer to a request",
        [typeof(Decision.DeleteJob)] = "delete V1Job",
        [typeof(Decision.AddFinalizer)] = "patch V1Alpha1Integration",
        [typeof(Decision.RemoveFinalizer)] = "patch V1Alpha1Integration",
        [typeof(Decision.CloseIntegrationRow)] = "close of the integration",
        [typeof(Decision.CloseRunRow)] = "close of a run",
    };

    static readonly Tale[] All = [Tales.Life, Tales.Trouble, Tales.End];

    [Fact]
    public void The_operator_dies_at_each_kind_of_step_that_a_plan_may_have()
    {
        var kinds = typeof(Decision).GetNestedTypes().Where(kind => kind.IsAssignableTo(typeof(Decision)));
        kinds.Except([typeof(Decision.Publish)]).ShouldBe(Calls.Keys, ignoreOrder: true, "nothing depends on Events alone");
        foreach (var call in Calls.Values)
            Tried.ShouldContain(call);
    }

    [Fact]
    public void What_one_tale_leaves_to_others_another_one_has()
    {
        foreach (var write in All.SelectMany(tale => tale.Writes).Where(write => write.IsTriedElsewhere))
            Tried.ShouldContain(write.Call);
    }

    static IEnumerable<string> Tried => All.SelectMany(tale => tale.Writes)
        .Where(write => write is { Certain: > 0, IsTriedElsewhere: false }).Select(write => write.Call);
}
