using Kombo.Core.Runs;
using Kombo.Kubernetes.Models;
using Kombo.Standalone.Jobs;

namespace Kombo.Standalone.Tests.Jobs;

public sealed class AttemptRuleTests
{
    public static TheoryData<string, int, int, string> Rules => new()
    {
        { "done", WorkerExitCode.Done, 1, "complete" },
        { "first failure is tried again", WorkerExitCode.TryAgain, 1, "retry 00:00:10" },
        { "the delay doubles", WorkerExitCode.TryAgain, 2, "retry 00:00:20" },
        { "at the limit the Job fails", WorkerExitCode.TryAgain, 3, "fail BackoffLimitExceeded" },
        { "bad credentials are not tried again", WorkerExitCode.BadCredentials, 1, "fail PodFailurePolicy" },
        { "a bad configuration is not tried again", WorkerExitCode.BadConfiguration, 1, "fail PodFailurePolicy" },
        { "stopped from outside is tried again", WorkerExitCode.Stopped, 1, "retry 00:00:10" },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, int exitCode, int failures, string expected) =>
        Describe(AttemptRule.Decide(Spec, exitCode, failures)).ShouldBe(expected, rule);

    [Fact]
    public void The_delay_has_a_limit() =>
        Describe(AttemptRule.Decide(Spec with { BackoffLimit = 100 }, WorkerExitCode.TryAgain, 50)).ShouldBe(
            "retry 00:06:00");

    internal static V1JobSpec Spec { get; } = new()
    {
        BackoffLimit = 2,
        PodFailurePolicy =
            new() { Rules = [new() { Action = "FailJob", OnExitCodes = new() { Operator = "In", Values = [2, 3] } }] },
    };

    static string Describe(AttemptRule rule) => rule switch
    {
        AttemptRule.Complete => "complete",
        AttemptRule.Fail(var reason, _) => $"fail {reason}",
        AttemptRule.Retry(var after) => $"retry {after}",
        _ => "?",
    };
}
