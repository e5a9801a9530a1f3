using System.Collections.Concurrent;
using System.Threading.Channels;
using Kombo.Core.Runs;
using Kombo.Kubernetes.Models;
using Kombo.Worker;

namespace Kombo.Standalone.Tests.Jobs;

/// <summary>Workers that end when and how the test says.</summary>
sealed class ScriptedWorker
{
    readonly Channel<Attempt> attempts = Channel.CreateUnbounded<Attempt>();
    readonly ConcurrentBag<Attempt> all = [];
    int started;

    public int Started => Volatile.Read(ref started);

    public async Task<SyncOutcome> RunAsync(V1Job job, CancellationToken stop)
    {
        Interlocked.Increment(ref started);
        var attempt = new Attempt();
        all.Add(attempt);
        await using var registration = stop.Register(attempt.AskToStop);
        await attempts.Writer.WriteAsync(attempt, CancellationToken.None);
        return await attempt.Outcome;
    }

    /// <summary>The next one that has begun.</summary>
    public async Task<Attempt> NextAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await attempts.Reader.ReadAsync(deadline.Token);
    }

    /// <summary>Nothing runs any more, also where a test failed in the middle.</summary>
    public void EndAll()
    {
        foreach (var attempt in all)
            attempt.End(WorkerExitCode.Stopped, result: null);
    }

    public sealed class Attempt
    {
        readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        readonly TaskCompletionSource<SyncOutcome> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task StopAsked => asked.Task;

        public Task<SyncOutcome> Outcome => outcome.Task;

        public void AskToStop() => asked.TrySetResult();

        public void End(int exitCode, string? result) =>
            outcome.TrySetResult(new SyncOutcome(exitCode, new RunProgress { RunId = "run", Result = result }));
    }
}
