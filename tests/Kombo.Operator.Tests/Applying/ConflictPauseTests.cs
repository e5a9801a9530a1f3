using System.Text.Json.Nodes;
using Kombo.Operator.Applying;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;

namespace Kombo.Operator.Tests.Applying;

public sealed class ConflictPauseTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(0, 0.5, 0)]
    [InlineData(1, 0.5, 0)]
    [InlineData(2, 0.5, 10)]
    [InlineData(3, 0.5, 20)]
    [InlineData(4, 0.5, 40)]
    [InlineData(4, 0, 20)]
    [InlineData(4, 1, 60)]
    public void It_doubles_from_the_third_attempt_on(int attempt, double random, double milliseconds) =>
        ConflictPause.Before(attempt, random).TotalMilliseconds.ShouldBe(milliseconds);

    [Fact]
    public async Task Who_meets_others_again_and_again_waits_before_the_next_attempt()
    {
        await using var harness = await OperatorHarness.PrepareAsync();
        await harness.CreateAsync();
        var attempts = 0;
        await harness.StartOperatorAsync(new(harness.Cluster)
        {
            OnStatus = _ => Interlocked.Increment(ref attempts) <= 3
                ? harness.MergeAsync(new JsonObject
                {
                    ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["write"] = $"{attempts}" } },
                })
                : Task.CompletedTask,
        });
        var began = harness.Clock.GetUtcNow();
        await Eventually.BecomesAsync(() => Volatile.Read(ref attempts) == 2, Deadline);
        await Eventually.BecomesAsync(
            async () =>
            {
                if ((await harness.GetAsync()).Status?.Conditions is not null)
                    return true;
                harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
                return false;
            },
            Deadline);
        attempts.ShouldBe(4);
        (harness.Clock.GetUtcNow() - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(15));
        (await harness.JobsAsync()).ShouldHaveSingleItem();
    }
}
