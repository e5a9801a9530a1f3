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
        CapacityRule.Free(new CapacityRule.Pool(limit, (full, delta)))
            .ShouldBe(new Capacity(expectedFull, expectedDelta));

    [Fact]
    public void The_tighter_of_two_limits_counts() =>
        CapacityRule.Free(new(30, (0, 0)), new(4, (3, 0))).ShouldBe(new Capacity(1, 1));
}
