using System.Collections.Immutable;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Tests.Support;

namespace Kombo.Operator.Tests.Faults;

/// <summary>How an Integration is left when nobody disturbs it any more.</summary>
static class Ending
{
    const string Cancelled = nameof(RunResult.Cancelled);

    /// <summary>Nothing runs, nothing waits, and everything is told.</summary>
    public static bool IsQuiet(V1Alpha1Integration integration, ImmutableList<JobLife> jobs) =>
        integration is { Status: { Active: null, Full: { LastSyncTime: not null } full } status }
        && IsSettled(full) && IsSettled(status.Delta)
        && status.Text(ConditionTypes.PurgePending) is null && status.Text(ConditionTypes.EventsWaiting) is null
        && status.LastRequest?.Result is null or "Completed" or "Failed" or "Rejected"
        && status.LastHandledReconcileAt == integration.GetAnnotation(Annotations.RequestedAt)
        && status.ObservedGeneration == integration.Generation()
        && jobs.All(job => job.Owner != integration.Uid() || !job.IsRunning);

    /// <returns>What is wrong, in words.</returns>
    public static IEnumerable<string> Check(V1Alpha1Integration integration)
    {
        var status = integration.Status!; // it is quiet, so it has one
        if (status.Text(ConditionTypes.Ready) != "True/Succeeded")
            yield return $"{integration.Name()} ends with Ready {status.Text(ConditionTypes.Ready)}";
        if (status.Text(ConditionTypes.SyncSucceeded) != "True/Succeeded"
            && status is not ({ Full.LastResult: Cancelled } or { Delta.LastResult: Cancelled }))
            yield return $"{integration.Name()} ends with SyncSucceeded {status.Text(ConditionTypes.SyncSucceeded)}";
        var full = status.Full!; // there was one
        // A run of which a Job was deleted by hand may have told its end before its next Job began.
        var counted = full.LastAttemptTime > full.LastSyncTime && full.LastResult != Cancelled
            ? full.LastAttemptTime : full.LastSyncTime;
        if (full.NextSyncTime != counted!.Value.AddHours(10))
            yield return $"{integration.Name()} is not due ten hours after its last sync";
    }

    // The next one may be far away when another scope ended the last one.
    static bool IsSettled(ClockStatus? clock) => clock?.LastResult is null or "Succeeded"
        || (clock.LastResult == Cancelled && clock.NextSyncTime > TimeProvider.System.GetUtcNow().AddHours(1));
}
