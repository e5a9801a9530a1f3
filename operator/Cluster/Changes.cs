using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes.Controllers;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;

namespace Kombo.Operator.Cluster;

/// <summary>Which changes are worth a look. The operator's own writes are none: it does not wake itself.</summary>
static class Changes
{
    /// <summary>Spec, one of our three annotations, deletion, or a run that reports its end.</summary>
    public static bool Matter(V1Alpha1Integration before, V1Alpha1Integration after) =>
        EntityChange.IsRelevant(before, after, Annotations.IsOwn)
        || SyncTypeRules.All.Any(type => EndOf(before, type) != EndOf(after, type));

    public static bool Matter(V1Alpha1SyncSchedule before, V1Alpha1SyncSchedule after) =>
        EntityChange.IsRelevant(before, after, Annotations.IsOwn);

    /// <summary>Only its end: everything else about a Job follows from its pods.</summary>
    public static bool Matter(V1Job before, V1Job after) => JobReader.End(before)?.Type != JobReader.End(after)?.Type;

    /// <summary>Its phase, its end, or why it does not begin.</summary>
    public static bool Matter(V1Pod before, V1Pod after) => Describe(before) != Describe(after);

    /// <summary>A pod that is seen first when it is no fresh one any more: its changes were missed.</summary>
    public static bool Matter(V1Pod seenFirst) => Describe(seenFirst) != ("Pending", null, null, false);

    /// <summary>Does this change what the schedule's status counts?</summary>
    public static bool MatterToSchedule(IntegrationStatus? before, IntegrationStatus? after) =>
        before?.NextSyncTime != after?.NextSyncTime
        || (before?.Active?.Full is null) != (after?.Active?.Full is null)
        || (before?.Active?.Delta is null) != (after?.Active?.Delta is null)
        || IsWaiting(before) != IsWaiting(after);

    public static bool IsWaiting(IntegrationStatus? status) => status?.Conditions?.Any(condition =>
        condition is { Type: ConditionTypes.Synchronizing, Reason: Reasons.WaitingForCapacity }) == true;

    static (string?, string?) EndOf(V1Alpha1Integration integration, SyncType type) =>
        integration.Status?.Progress?[type] is { Result: { } result } ended ? (ended.RunId, result) : (null, null);

    static (string?, string?, string?, bool) Describe(V1Pod pod)
    {
        var state = WorkerContainer.Status(pod)?.State;
        var scheduled = pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "PodScheduled");
        return (pod.Status?.Phase, state?.Waiting?.Reason, scheduled?.Status, state?.Terminated is not null);
    }
}
