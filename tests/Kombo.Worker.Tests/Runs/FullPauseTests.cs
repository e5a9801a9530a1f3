using Kombo.Testing;
using Kombo.Worker.Runs;

namespace Kombo.Worker.Tests.Runs;

public sealed class FullPauseTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    readonly ManualClock clock = new();
    readonly List<bool> shown = [];
    string? deltaRun;

    [Fact]
    public async Task Without_a_delta_nothing_waits()
    {
        await Begin();
        shown.ShouldBeEmpty();
    }

    [Fact]
    public async Task It_waits_until_the_delta_is_done()
    {
        deltaRun = "a";
        var pause = Begin();
        await AdvanceAsync(TimeSpan.FromSeconds(5));
        pause.IsCompleted.ShouldBeFalse();
        deltaRun = null;
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await pause.WaitAsync(Soon);
        shown.ShouldBe([true, false]);
    }

    [Fact]
    public async Task It_waits_no_longer_than_the_limit_at_a_stretch_and_then_again()
    {
        deltaRun = "a";
        var pause = Begin();
        await AdvanceAsync(TimeSpan.FromSeconds(59));
        pause.IsCompleted.ShouldBeFalse();
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await pause.WaitAsync(Soon);
        Begin().IsCompleted.ShouldBeFalse("the page in between was asked for; before the next one the delta goes first again");
    }

    [Fact]
    public async Task Of_deltas_that_follow_each_other_at_once_it_waits_for_one_before_each_page()
    {
        deltaRun = "a";
        var pause = Begin();
        await AdvanceAsync(TimeSpan.FromSeconds(5));
        pause.IsCompleted.ShouldBeFalse();
        deltaRun = "b"; // took the lease between two looks
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await pause.WaitAsync(Soon);
        Begin().IsCompleted.ShouldBeFalse("before the next page the second delta goes first");
    }

    Task Begin() => new FullPause(_ => Task.FromResult(deltaRun), TimeSpan.FromMinutes(1), clock, shown.Add)
        .BeforePageAsync(CancellationToken.None);

    async Task AdvanceAsync(TimeSpan by)
    {
        for (var second = 0; second < by.TotalSeconds; second++)
        {
            await Eventually.BecomesAsync(() => clock.PendingTimers > 0, Soon);
            clock.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
