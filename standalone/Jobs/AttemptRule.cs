using Kombo.Core.Runs;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Jobs;

/// <summary>What follows from the end of a pod, as the Job controller of a cluster decides it. Pure.</summary>
internal abstract record AttemptRule
{
    // Kubernetes: 10 s, doubling, at most 6 min.
    static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(10);
    static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(6);

    AttemptRule() // closed: the cases below are all there are
    {
    }

    public sealed record Complete : AttemptRule;

    public sealed record Fail(string Reason, string Message) : AttemptRule;

    public sealed record Retry(TimeSpan After) : AttemptRule;

    /// <param name="failures">Pods that have failed, this one included.</param>
    public static AttemptRule Decide(V1JobSpec spec, int exitCode, int failures)
    {
        if (exitCode == WorkerExitCode.Done)
            return new Complete();
        if (EndsJob(spec, exitCode))
            return new Fail("PodFailurePolicy", $"the worker ended with exit code {exitCode}, which no retry mends");
        return failures > (spec.BackoffLimit ?? 6)
            ? new Fail("BackoffLimitExceeded", "Job has reached the specified backoff limit")
            : new Retry(Delay(failures));
    }

    static bool EndsJob(V1JobSpec spec, int exitCode) => spec.PodFailurePolicy?.Rules?.FirstOrDefault(rule =>
        rule.OnExitCodes is { Values: { } values } codes
            && values.Contains(exitCode) == (codes.Operator == "In"))?.Action == "FailJob";

    static TimeSpan Delay(int failures)
    {
        var delay = FirstDelay * Math.Pow(2, Math.Min(failures - 1, 10));
        return delay < LongestDelay ? delay : LongestDelay;
    }
}
