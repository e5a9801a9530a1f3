using System.Collections.Concurrent;
using System.Diagnostics;
using Kombo.Core.Runs;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Informers;
using Kombo.Kubernetes.Models;
using Kombo.Worker;
using Microsoft.Extensions.Logging;

namespace Kombo.Standalone.Jobs;

/// <summary>Runs one attempt of a Job.</summary>
internal delegate Task<SyncOutcome> RunWorker(V1Job job, CancellationToken stopping);

/// <summary>Carries out Jobs in this process, with the rules of a cluster's Job controller: one pod at a time, retries,
/// the deadline, and an end when the Job is deleted. A Job that is interrupted by the end of this process stays active
/// and is carried on by the next one.</summary>
internal sealed partial class JobExecutor(
    RunWorker run, JobRecorder recorder, TimeProvider clock, ILogger<JobExecutor> logger)
{
    readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ConcurrentDictionary<string, Active> active = new(StringComparer.Ordinal); // by uid

    /// <summary>Before the informer runs.</summary>
    /// <param name="stopping">Of the process.</param>
    public void Follow(Informer<V1Job> informer, CancellationToken stopping) => informer.AddHandler(
        new InformerHandler<V1Job>(
        job => Consider(job, stopping),
        (_, job) => Consider(job, stopping),
        job => Stop(job.Uid())));

    /// <summary>From now on Jobs are carried out; those seen before begin now. What they mount must be there.</summary>
    public void Open() => opened.TrySetResult();

    public bool IsBusy => !active.IsEmpty;

    /// <summary>Waits until nothing runs any more.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(active.Values.Select(run => run.Task));

    void Consider(V1Job job, CancellationToken stopping)
    {
        if (job.Metadata.DeletionTimestamp is not null)
            Stop(job.Uid());
        else if (IsWaiting(job) && !stopping.IsCancellationRequested && !active.ContainsKey(job.Uid()))
            Start(job, stopping);
    }

    void Start(V1Job job, CancellationToken stopping)
    {
        var deleted = new CancellationTokenSource();
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var task = RunAsync(job, begin.Task, deleted, stopping);
        if (!active.TryAdd(job.Uid(), new Active(task, deleted)))
            deleted.Cancel(); // cannot be: the informer calls one change after the other
        begin.SetResult();
    }

    void Stop(string uid)
    {
        if (active.TryGetValue(uid, out var run))
            run.Deleted.Cancel();
    }

    async Task RunAsync(V1Job job, Task begin, CancellationTokenSource deleted, CancellationToken stopping)
    {
        await begin;
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deleted.Token, stopping);
            await opened.Task.WaitAsync(either.Token);
            // What the informer told may be older than the end of the run before: then the Job is finished meanwhile.
            if (await recorder.FindAsync(job, either.Token) is { } live && IsWaiting(live))
                await AttemptsAsync(live, either.Token);
        }
        catch (OperationCanceledException)
        {
            // Deleted, or the process ends: both were asked for.
        }
        catch (Exception exception) // the last one: nobody else hears of it
        {
            LogBroken(exception, job.Namespace(), job.Name());
            await RecordAsync(job, new AttemptRule.Fail("Error", exception.Message), (job.Status?.Failed ?? 0) + 1);
        }
        finally
        {
            active.TryRemove(job.Uid(), out _);
            deleted.Dispose();
        }
    }

    async Task AttemptsAsync(V1Job job, CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(TimeLeft(job), clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping, deadline.Token);
        for (var failures = job.Status?.Failed ?? 0; ; failures++)
        {
            var pod = await recorder.BeginAsync(job, failures + 1, stopping);
            var outcome = await run(job, stop.Token);
            if (stopping.IsCancellationRequested && outcome.ExitCode == WorkerExitCode.Stopped)
                return; // it is carried on by the next process, or its Job is gone
            // it has happened
            await recorder.EndPodAsync(job, pod, (outcome.ExitCode, outcome.Progress), CancellationToken.None);
            var rule = AttemptRule.Decide(job.Spec ?? new V1JobSpec(), outcome.ExitCode, failures + 1);
            if (deadline.IsCancellationRequested && rule is not AttemptRule.Complete)
                rule = new AttemptRule.Fail("DeadlineExceeded", "Job was active longer than specified deadline");
            await RecordAsync(job, rule, failures + 1);
            if (rule is not AttemptRule.Retry(var after))
                return;
            await Task.Delay(after, clock, stopping);
        }
    }

    Task RecordAsync(V1Job job, AttemptRule rule, int failures)
    {
        switch (rule)
        {
            case AttemptRule.Complete:
                return recorder.CompleteAsync(job, CancellationToken.None); // it has happened, here and below
            case AttemptRule.Fail fail:
                return recorder.FailAsync(job, failures, fail, CancellationToken.None);
            case AttemptRule.Retry(var after):
                LogRetry(job.Namespace(), job.Name(), failures, after);
                return recorder.CountFailureAsync(job, failures, CancellationToken.None);
            default:
                throw new UnreachableException();
        }
    }

    TimeSpan TimeLeft(V1Job job)
    {
        if (job.Spec?.ActiveDeadlineSeconds is not { } seconds)
            return Timeout.InfiniteTimeSpan;
        var left = (job.Status?.StartTime ?? clock.GetUtcNow()) + TimeSpan.FromSeconds(seconds) - clock.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    static bool IsWaiting(V1Job job) => !IsFinished(job) && job.Spec?.Suspend != true;

    static bool IsFinished(V1Job job) =>
        job.Status?.Conditions?.Any(condition => condition is { Status: "True", Type: "Complete" or "Failed" }) == true;

    sealed record Active(Task Task, CancellationTokenSource Deleted);

    [LoggerMessage(
        7301, LogLevel.Warning,
        "The worker of Job {Namespace}/{Name} failed {Failures} times; it is tried again in {After}")]
    partial void LogRetry(string? @namespace, string name, int failures, TimeSpan after);

    [LoggerMessage(7302, LogLevel.Error, "Job {Namespace}/{Name} could not be carried out")]
    partial void LogBroken(Exception exception, string? @namespace, string name);
}
