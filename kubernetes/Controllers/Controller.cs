using Kombo.Kubernetes.Queueing;
using Microsoft.Extensions.Logging;

namespace Kombo.Kubernetes.Controllers;

/// <summary>How a controller works on its keys.</summary>
public sealed record ControllerOptions
{
    /// <summary>Of metrics and logs.</summary>
    public required string Name { get; init; }

    public int Workers { get; init; } = 4;

    /// <summary>A reconcile that takes longer is cancelled and counts as failed.</summary>
    public TimeSpan ReconcileTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>At shutdown: what is under way may take this long to finish.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Cancels what is under way without grace: it must not go on.</summary>
    public CancellationToken Abort { get; init; } = CancellationToken.None;
}

/// <summary>Takes keys from a queue and reconciles each, one of a key at a time, several keys at once.</summary>
/// <param name="reconcile">Returns when to look again (null: at the next change). An exception means: again, later each time.</param>
public sealed partial class Controller<TKey>(
    WorkQueue<TKey> queue,
    Func<TKey, CancellationToken, Task<TimeSpan?>> reconcile,
    ControllerOptions options,
    ControllerSurroundings surroundings)
    where TKey : notnull
{
    // How long a cancelled reconcile may take to end.
    static readonly TimeSpan Reluctance = TimeSpan.FromSeconds(5);

    readonly TimeProvider clock = surroundings.Clock;
    readonly ILogger logger = surroundings.LoggerFactory.CreateLogger<Controller<TKey>>();
    readonly KeyValuePair<string, object?> name = new("controller", options.Name);

    /// <summary>Runs until cancelled; then finishes what is under way, within the grace period.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var work = CancellationTokenSource.CreateLinkedTokenSource(options.Abort);
        await using var aborting = options.Abort.Register(queue.ShutDown);
        await using var grace = clock.CreateTimer(
            _ => work.Cancel(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var stopping = cancellationToken.Register(() =>
        {
            queue.ShutDown();
            grace.Change(options.Grace, Timeout.InfiniteTimeSpan);
        });
        // The readers end with the queue, so that the keys under way are finished.
        await Task.WhenAll(Enumerable.Range(0, options.Workers).Select(_ => WorkAsync(work.Token)));
    }

    async Task WorkAsync(CancellationToken cancellationToken)
    {
        await foreach (var key in queue.ReadAllAsync(CancellationToken.None)) // ends by ShutDown
            await WaitAsync(key, Task.Run(() => ReconcileAsync(key, cancellationToken), CancellationToken.None));
    }

    // One that ignores its cancellation keeps its key, but not its worker.
    async Task WaitAsync(TKey key, Task run)
    {
        using var patience = new CancellationTokenSource();
        var limit = Task.Delay(options.ReconcileTimeout + Reluctance, clock, patience.Token);
        if (await Task.WhenAny(run, limit) == limit)
            LogStuck(key, options.Name);
        await patience.CancelAsync();
    }

    async Task ReconcileAsync(TKey key, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.ReconcileTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var begun = clock.GetTimestamp();
        string result;
        try
        {
            var requeueAfter = await reconcile(key, either.Token);
            queue.Forget(key);
            if (requeueAfter is { } after)
                queue.AddAfter(key, after);
            result = requeueAfter is null ? "success" : "requeue_after";
        }
        catch (Exception exception)
        {
            result = "error";
            Fail(key, exception);
        }
        finally
        {
            queue.Done(key);
        }
        Telemetry.Reconciles.Add(1, name, new("result", result));
        Telemetry.ReconcileDuration.Record(clock.GetElapsedTime(begun).TotalSeconds, name);
    }

    void Fail(TKey key, Exception exception)
    {
        Telemetry.ReconcileErrors.Add(1, name);
        queue.AddRateLimited(key);
        if (exception is OperationCanceledException)
        {
            LogTimedOut(key, options.ReconcileTimeout);
        }
        else if (exception is KubernetesException or ReconcileFailedException)
        {
            LogFailed(key, queue.Failures(key), exception.Message);
        }
        else
        {
            Telemetry.ReconcilePanics.Add(1, name);
            LogPanicked(exception, key, queue.Failures(key));
        }
    }

    [LoggerMessage(2501, LogLevel.Warning, "Reconciling {Key} failed {Failures} times in a row: {Problem}")]
    partial void LogFailed(TKey key, int failures, string problem);

    [LoggerMessage(2502, LogLevel.Error, "Reconciling {Key} failed {Failures} times in a row")]
    partial void LogPanicked(Exception exception, TKey key, int failures);

    [LoggerMessage(2503, LogLevel.Warning, "Reconciling {Key} was cancelled after {Timeout}")]
    partial void LogTimedOut(TKey key, TimeSpan timeout);

    [LoggerMessage(2504, LogLevel.Error, "Reconciling {Key} does not end; its worker in {Controller} goes on without it")]
    partial void LogStuck(TKey key, string controller);
}

/// <summary>What a controller takes from its process.</summary>
public sealed record ControllerSurroundings(TimeProvider Clock, ILoggerFactory LoggerFactory);

/// <summary>A reconcile that ended without success, said so, and is to be repeated later.</summary>
public sealed class ReconcileFailedException(string message, Exception? innerException = null)
    : Exception(message, innerException);
