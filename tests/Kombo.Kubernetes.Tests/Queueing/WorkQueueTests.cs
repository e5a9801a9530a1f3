using Kombo.Kubernetes.Queueing;
using Kombo.Testing;

namespace Kombo.Kubernetes.Tests.Queueing;

public sealed class WorkQueueTests : IDisposable
{
    readonly ManualClock clock = new();
    readonly WorkQueue<string> queue;

    public WorkQueueTests() => queue = new WorkQueue<string>("test", new RateLimit(), clock);

    public void Dispose() => queue.Dispose();

    [Fact]
    public async Task A_key_that_waits_is_not_added_twice()
    {
        queue.Add("a");
        queue.Add("b");
        queue.Add("a");
        (await TakeAllAsync()).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task A_key_in_work_comes_back_after_it_and_not_before()
    {
        queue.Add("a");
        (await TakeAllAsync()).ShouldBe(["a"]);
        queue.Add("a");
        (await TakeAllAsync()).ShouldBeEmpty();
        queue.Done("a");
        (await TakeAllAsync()).ShouldBe(["a"]);
        queue.Done("a");
        (await TakeAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_several_times_the_earliest_wins()
    {
        queue.AddAfter("a", TimeSpan.FromSeconds(20));
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.AddAfter("a", TimeSpan.FromSeconds(30));
        clock.Advance(TimeSpan.FromSeconds(9));
        (await TakeAllAsync()).ShouldBeEmpty();
        clock.Advance(TimeSpan.FromSeconds(1));
        (await TakeAllAsync()).ShouldBe(["a"]);
        queue.Done("a");
        clock.Advance(TimeSpan.FromSeconds(60));
        (await TakeAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_immediate_add_leaves_a_later_one()
    {
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.Add("a");
        (await TakeAllAsync()).ShouldBe(["a"]);
        queue.Done("a");
        clock.Advance(TimeSpan.FromSeconds(10));
        (await TakeAllAsync()).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Delays_beyond_the_limit_of_timers_work()
    {
        queue.AddAfter("a", TimeSpan.FromDays(60));
        clock.Advance(TimeSpan.FromDays(59));
        (await TakeAllAsync()).ShouldBeEmpty();
        clock.Advance(TimeSpan.FromDays(1));
        (await TakeAllAsync()).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_wall_clock_that_is_set_ahead_releases_what_is_due_by_it_within_half_a_minute()
    {
        queue.AddAfter("a", TimeSpan.FromMinutes(30));
        queue.AddAfter("b", TimeSpan.FromHours(2));
        clock.Advance(TimeSpan.FromSeconds(10));
        (await TakeAllAsync()).ShouldBeEmpty();
        clock.StepWall(TimeSpan.FromHours(1));
        clock.Advance(TimeSpan.FromSeconds(30));
        (await TakeAllAsync()).ShouldBe(["a"]);
        clock.Advance(TimeSpan.FromMinutes(58));
        (await TakeAllAsync()).ShouldBeEmpty();
        clock.Advance(TimeSpan.FromMinutes(2));
        (await TakeAllAsync()).ShouldBe(["b"], "two hours by the wall clock, one by the other");
    }

    [Fact]
    public async Task A_wall_clock_that_is_set_back_holds_up_nothing()
    {
        queue.AddAfter("a", TimeSpan.FromMinutes(10));
        clock.StepWall(TimeSpan.FromHours(-1));
        queue.AddAfter("b", TimeSpan.FromMinutes(11));
        clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        (await TakeAllAsync()).ShouldBeEmpty();
        clock.Advance(TimeSpan.FromSeconds(1));
        (await TakeAllAsync()).ShouldBe(["a"]);
        clock.Advance(TimeSpan.FromMinutes(1));
        (await TakeAllAsync()).ShouldBe(["b"]);
    }

    [Fact]
    public async Task A_wall_clock_that_comes_back_releases_nothing_twice()
    {
        queue.AddAfter("a", TimeSpan.FromMinutes(30));
        clock.StepWall(TimeSpan.FromHours(1));
        clock.Advance(TimeSpan.FromSeconds(30));
        (await TakeAllAsync()).ShouldBe(["a"]);
        queue.Done("a");
        clock.StepWall(TimeSpan.FromHours(-1));
        clock.Advance(TimeSpan.FromHours(1));
        (await TakeAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_key_that_fails_comes_back_later_each_time_until_it_is_forgotten()
    {
        var waits = new List<double>();
        for (var failure = 0; failure < 4; failure++)
            waits.Add(await WaitOfFailureAsync("a"));
        waits.ShouldBe([5, 10, 20, 40]);
        queue.Forget("a");
        (await WaitOfFailureAsync("a")).ShouldBe(5);
    }

    [Fact]
    public void The_longest_wait_has_a_limit() => new RateLimit().Delay(failures: 1000).ShouldBe(TimeSpan.FromSeconds(1000));

    [Fact]
    public async Task Many_failing_keys_share_a_rate()
    {
        for (var number = 0; number < 120; number++)
            queue.AddRateLimited($"k{number}");
        clock.Advance(TimeSpan.FromMilliseconds(50));
        var first = await TakeAllAsync();
        first.Count.ShouldBe(100);
        clock.Advance(TimeSpan.FromSeconds(1));
        (await TakeAllAsync()).Count.ShouldBe(10);
    }

    [Fact]
    public async Task A_queue_that_is_shut_down_hands_out_nothing()
    {
        queue.Add("a");
        queue.AddAfter("b", TimeSpan.FromSeconds(1));
        queue.ShutDown();
        queue.Add("c");
        clock.Advance(TimeSpan.FromSeconds(2));
        List<string> rest = [];
        await foreach (var key in queue.ReadAllAsync(CancellationToken.None))
            rest.Add(key);
        rest.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_key_is_ever_worked_on_twice_at_once_and_none_is_lost()
    {
        var (active, worked) = (new int[5], new int[5]);
        var overlaps = 0;
        async Task WorkAsync()
        {
            await foreach (var key in queue.ReadAllAsync(CancellationToken.None))
            {
                var number = key[0] - '0';
                if (Interlocked.Increment(ref active[number]) > 1)
                    Interlocked.Increment(ref overlaps);
                await Task.Yield();
                Interlocked.Increment(ref worked[number]);
                Interlocked.Decrement(ref active[number]);
                queue.Done(key);
            }
        }
        var workers = Enumerable.Range(0, 8).Select(_ => Task.Run(WorkAsync)).ToList();
        Parallel.For(0, 5000, number => queue.Add($"{number % 5}"));
        await Eventually.BecomesAsync(() => queue.Count == 0 && active.All(count => Volatile.Read(ref count) == 0), TimeSpan.FromSeconds(10));
        var before = worked.Sum();
        queue.Add("0"); // still alive, and after the last add there is always one more run
        await Eventually.BecomesAsync(() => worked.Sum() == before + 1, TimeSpan.FromSeconds(10));
        queue.ShutDown();
        await Task.WhenAll(workers);
        overlaps.ShouldBe(0);
        worked.ShouldAllBe(count => count > 0);
    }

    // Milliseconds until a failed key is there again.
    async Task<double> WaitOfFailureAsync(string key)
    {
        queue.AddRateLimited(key);
        for (var waited = 0; waited < 10_000; waited++)
        {
            if ((await TakeAllAsync()).Count > 0)
            {
                queue.Done(key);
                return waited;
            }
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }
        throw new TimeoutException();
    }

    async Task<IReadOnlyList<string>> TakeAllAsync()
    {
        List<string> taken = [];
        await using var keys = queue.ReadAllAsync(CancellationToken.None).GetAsyncEnumerator();
        while (queue.Count > 0 && await keys.MoveNextAsync())
            taken.Add(keys.Current);
        return taken;
    }
}
