namespace Kombo.Testing;

public sealed class ManualClockTests
{
    readonly ManualClock clock = new();

    [Fact]
    public void Stands_still_until_it_is_advanced()
    {
        var before = clock.GetUtcNow();
        var stamp = clock.GetTimestamp();

        clock.Advance(TimeSpan.FromMinutes(5));

        (clock.GetUtcNow() - before).ShouldBe(TimeSpan.FromMinutes(5));
        clock.GetElapsedTime(stamp).ShouldBe(TimeSpan.FromMinutes(5));
    }

    [Fact]
    public void Timers_fire_in_order_of_time_and_see_the_time_they_were_due()
    {
        var began = clock.GetUtcNow();
        List<TimeSpan> fired = [];
        using var late = clock.CreateTimer(_ => fired.Add(clock.GetUtcNow() - began), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var often = clock.CreateTimer(_ => fired.Add(clock.GetUtcNow() - began), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        clock.Advance(TimeSpan.FromSeconds(5));

        fired.ShouldBe([TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4)]);
        clock.PendingTimers.ShouldBe(1);
    }

    [Fact]
    public async Task A_delay_ends_when_its_time_has_come_and_not_before()
    {
        var delay = Task.Delay(TimeSpan.FromHours(1), clock);

        clock.Advance(TimeSpan.FromMinutes(59));
        delay.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromMinutes(1));

        await delay.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_disposed_timer_does_not_fire()
    {
        var fired = false;
        clock.CreateTimer(_ => fired = true, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan).Dispose();

        clock.Advance(TimeSpan.FromSeconds(2));

        fired.ShouldBeFalse();
    }
}
