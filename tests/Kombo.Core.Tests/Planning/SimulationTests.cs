using FsCheck;
using FsCheck.Fluent;

namespace Kombo.Core.Tests.Planning;

public class SimulationTests
{
    /// <summary>Whatever happens: never two active Jobs of one type, never a start while suspended, a due sync always
    /// starts, due times do not move by themselves, each token is answered exactly once, no two Jobs for one slot. A
    /// failure prints the seed, the shrunk events and what the operator did.</summary>
    [Fact]
    public void The_rules_hold_over_random_histories()
    {
        var histories = Arb.From(
            Gen.ArrayOf(Gen.Choose(0, 160_000)), events => ArbMap.Default.ArbFor<int[]>().Shrinker(events));
        var many = int.TryParse(Environment.GetEnvironmentVariable("KOMBO_TEST_HISTORIES"), out var wanted) ? wanted : 150;
        var config = Config.QuickThrowOnFailure.WithMaxTest(many).WithEndSize(100);
        Check.One(config, Prop.ForAll(histories, events => Simulation.Run(events)));
    }
}
