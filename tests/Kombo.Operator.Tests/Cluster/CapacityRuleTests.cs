using Kombo.Core.Planning;
using Kombo.Operator.Cluster;

namespace Kombo.Operator.Tests.Cluster;

public sealed class CapacityRuleTests
{
    [Theory]
    [InlineData(30, 0, 0, 24, 30)] // a fifth is kept for deltas
    [InlineData(30, 24, 0, 0, 6)]
    [InlineData(30, 20, 8, 2, 2)]
    [InlineData(30, 20, 10, 0, 0)]
    [InlineData(30, 40, 10, 0, 0)] // the limit was lowered
    [InlineData(1, 0, 0, 1, 1)] // too few to keep any
    [InlineData(1, 0, 1, 0, 0)]
    public void Free_room(int limit, int full, int delta, int expectedFull, int expectedDelta) =>
        Room(CapacityRule.Free(new CapacityRule.Pool(limit, (full, delta)))).ShouldBe((expectedFull, expectedDelta));

    [Fact]
    public void The_tighter_of_two_limits_counts() =>
        Room(CapacityRule.Free(new(30, (0, 0)), new(4, (3, 0)))).ShouldBe((1, 1));

    [Theory]
    [InlineData(30, 0, 6)]
    [InlineData(30, 5, 1)]
    [InlineData(30, 9, 0)] // the limit was lowered
    [InlineData(1, 0, 1)] // too small for a fifth: one all the same
    [InlineData(1, 1, 0)]
    public void Webhook_runs_have_room_of_their_own_however_many_syncs_run(int limit, int running, int expected) =>
        CapacityRule.Free(new CapacityRule.Pool(limit, (limit, 0)) { Webhooks = running }).Webhook.ShouldBe(expected);

    static (int Full, int Delta) Room(Capacity capacity) => (capacity.Full, capacity.Delta);
}
