using System.Collections.Concurrent;
using Kombo.Kubernetes.Controllers;
using Kombo.Kubernetes.Models;
using Kombo.Kubernetes.Queueing;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Kubernetes.Tests.Controllers;

public sealed class ControllerTests : IAsyncDisposable
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    readonly ManualClock clock = new();
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentQueue<string> runs = new();
    readonly WorkQueue<string> queue;
    Task running = Task.CompletedTask;

    public ControllerTests() => queue = new WorkQueue<string>("test", new RateLimit(), clock);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(Soon);
        stop.Dispose();
        queue.Dispose();
    }

    [Fact]
    public async Task A_run_that_asks_for_it_comes_again()
    {
        Start((_, _) => Task.FromResult<TimeSpan?>(TimeSpan.FromMinutes(5)));
        queue.Add("a");
        await RunsBecomeAsync(1);
        await Eventually.BecomesAsync(() => clock.PendingTimers > 0, Soon);
        await AdvanceUntilRunsAsync(2);
    }

    [Fact]
    public async Task A_run_that_fails_comes_again_and_success_forgets()
    {
        Start((_, _) => runs.Count <= 3 ? throw new KubernetesException(new V1Status { Code = 500 }) : Task.FromResult<TimeSpan?>(null));
        queue.Add("a");
        await AdvanceUntilRunsAsync(4);
        await Eventually.BecomesAsync(() => queue.Failures("a") == 0, Soon);
    }

    [Fact]
    public async Task An_unexpected_exception_ends_neither_the_key_nor_the_worker()
    {
        Start((_, _) => runs.Count == 1 ? throw new InvalidOperationException("a bug") : Task.FromResult<TimeSpan?>(null));
        queue.Add("a");
        await AdvanceUntilRunsAsync(2);
        queue.Add("b");
        await RunsBecomeAsync(3);
    }

    [Fact]
    public async Task A_run_that_takes_too_long_is_cancelled_and_repeated()
    {
        Start(async (_, cancellationToken) =>
        {
            if (runs.Count == 1)
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken); // for ever
            return null;
        });
        queue.Add("a");
        await RunsBecomeAsync(1);
        await AdvanceUntilRunsAsync(2);
    }

    [Fact]
    public async Task A_run_that_ignores_its_cancellation_keeps_its_key_but_no_worker()
    {
        var stuck = new TaskCompletionSource<TimeSpan?>();
        Start((key, _) => key == "stuck" ? stuck.Task : Task.FromResult<TimeSpan?>(null), workers: 1);
        queue.Add("stuck");
        await RunsBecomeAsync(1);
        queue.Add("stuck");
        queue.Add("other");
        await AdvanceUntilRunsAsync(2);
        runs.ShouldBe(["stuck", "other"]);
        stuck.SetResult(null);
        await RunsBecomeAsync(3);
        runs.ShouldBe(["stuck", "other", "stuck"]);
    }

    [Fact]
    public async Task At_shutdown_what_is_under_way_is_finished()
    {
        var gate = new TaskCompletionSource<TimeSpan?>();
        var wasCancelled = false;
        Start(async (_, cancellationToken) =>
        {
            await gate.Task;
            wasCancelled = cancellationToken.IsCancellationRequested;
            return null;
        });
        queue.Add("a");
        await RunsBecomeAsync(1);
        await stop.CancelAsync();
        queue.Add("b");
        running.IsCompleted.ShouldBeFalse();
        gate.SetResult(null);
        await running.WaitAsync(Soon);
        wasCancelled.ShouldBeFalse();
        runs.ShouldBe(["a"]);
    }

    [Fact]
    public async Task At_shutdown_patience_has_an_end()
    {
        Start(async (_, cancellationToken) =>
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken); // for ever
            return null;
        });
        queue.Add("a");
        await RunsBecomeAsync(1);
        await stop.CancelAsync();
        await Eventually.BecomesAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(5));
                return running.IsCompleted;
            },
            Soon);
    }

    void Start(Func<string, CancellationToken, Task<TimeSpan?>> reconcile, int workers = 2)
    {
        var controller = new Controller<string>(
            queue,
            (key, cancellationToken) =>
            {
                runs.Enqueue(key);
                return reconcile(key, cancellationToken);
            },
            new ControllerOptions { Name = "test", Workers = workers },
            new ControllerSurroundings(clock, NullLoggerFactory.Instance));
        running = controller.RunAsync(stop.Token);
    }

    Task RunsBecomeAsync(int count) => Eventually.BecomesAsync(() => runs.Count == count, Soon);

    Task AdvanceUntilRunsAsync(int count) => Eventually.BecomesAsync(
        () =>
        {
            if (runs.Count < count)
                clock.Advance(TimeSpan.FromSeconds(30));
            return runs.Count == count;
        },
        Soon);
}
