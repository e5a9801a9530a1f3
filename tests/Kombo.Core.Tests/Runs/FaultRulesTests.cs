using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Core.Tests.Runs;

public sealed class FaultRulesTests
{
    public static TheoryData<RunFault, FaultAction, RunResult?, int, string> Faults => new()
    {
        { RunFault.Authentication, FaultAction.CloseRun, RunResult.AuthenticationFailed, 2, Reasons.AuthenticationFailed },
        { RunFault.Configuration, FaultAction.CloseRun, RunResult.PermanentError, 3, Reasons.InvalidSpec },
        { RunFault.AddressBlocked, FaultAction.CloseRun, RunResult.PermanentError, 3, Reasons.ConnectionFailed },
        { RunFault.Forbidden, FaultAction.SkipStream, null, 0, Reasons.SourceError },
        { RunFault.NotFound, FaultAction.SkipStream, null, 0, Reasons.SourceError },
        { RunFault.RateLimited, FaultAction.LeaveRunOpen, null, 1, Reasons.RateLimited },
        { RunFault.SourceUnavailable, FaultAction.LeaveRunOpen, null, 1, Reasons.ConnectionFailed },
        { RunFault.SourceUnreadable, FaultAction.LeaveRunOpen, null, 1, Reasons.SourceError },
        { RunFault.DatabaseUnavailable, FaultAction.LeaveRunOpen, null, 1, Reasons.DatabaseUnavailable },
        { RunFault.TooManyConnections, FaultAction.LeaveRunOpen, null, 1, Reasons.TooManyConnections },
        { RunFault.DatabaseRefused, FaultAction.CloseRun, RunResult.PermanentError, 3, Reasons.DatabaseNotConfigured },
        { RunFault.DatabaseSchema, FaultAction.LeaveRunOpen, null, 1, Reasons.DatabaseNotConfigured },
        { RunFault.LeaseHeld, FaultAction.LeaveRunOpen, null, 1, Reasons.SyncInProgress },
        { RunFault.LeaseLost, FaultAction.LeaveRunOpen, null, 1, Reasons.Lost },
        { RunFault.Stopped, FaultAction.LeaveRunOpen, null, 4, Reasons.Cancelled },
        { RunFault.Unexpected, FaultAction.LeaveRunOpen, null, 1, Reasons.Failed },
    };

    [Theory, MemberData(nameof(Faults))]
    public void Judges(RunFault fault, FaultAction action, RunResult? result, int exitCode, string reason) =>
        FaultRules.Judge(fault).ShouldBe(new FaultVerdict(action, result, reason, exitCode));

    [Fact]
    public void Every_fault_has_a_row() =>
        Faults.Select(row => (RunFault)row[0]).Order().ShouldBe(Enum.GetValues<RunFault>().Order());

    [Theory]
    [InlineData(RunResult.Succeeded, 0)]
    [InlineData(RunResult.PartiallyFailed, 0)]
    [InlineData(RunResult.Failed, 1)]
    [InlineData(RunResult.AuthenticationFailed, 2)]
    [InlineData(RunResult.PermanentError, 3)]
    [InlineData(RunResult.DeadlineExceeded, 1)]
    [InlineData(RunResult.Cancelled, 1)]
    [InlineData(RunResult.Lost, 1)]
    public void A_closed_run_has_the_exit_code_of_its_result(RunResult result, int expected) =>
        FaultRules.ExitCode(result).ShouldBe(expected);
}
