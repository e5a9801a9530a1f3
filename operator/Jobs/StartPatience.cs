using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Jobs;

/// <summary>How long the pod of a Job may take to come and to start, before that needs an explanation. Pure.</summary>
/// <param name="Now">By the operator's clock.</param>
public sealed record StartPatience(DateTimeOffset Now, TimeSpan Longest)
{
    /// <summary>Of the Integration: the operator's own word on when a run began, and its worker's.</summary>
    public IntegrationStatus? Status { get; init; }

    /// <summary>When the run began by the operator's clock; null where that is not known.</summary>
    DateTimeOffset? Began { get; init; }

    /// <summary>Its worker has reported, so that a pod of it has run.</summary>
    public bool HasReported { get; private init; }

    /// <summary>For a run.</summary>
    public StartPatience Of(SyncType type, string runId) => this with
    {
        Began = Status?.Active?[type] is { } run && run.RunId == runId ? run.StartTime : null,
        HasReported = Status?.Progress?[type]?.RunId == runId,
    };

    /// <summary>For a Job that has ended, which may be looked at long after.</summary>
    public StartPatience At(DateTimeOffset? end) => end is { } at ? this with { Now = at } : this;

    /// <summary>When what has been there since then should have got on. The times of the API server may be ahead of the
    /// operator's or behind: no time from before the run began counts.</summary>
    public DateTimeOffset? EndsAt(DateTimeOffset? since) =>
        (Began > since && Began <= Now ? Began : since) + Longest;

    public bool IsOver(DateTimeOffset? since) => EndsAt(since) <= Now;
}

/// <summary>Why a Job has no pod that runs, where no pod says it itself. Pure.</summary>
static class MissingPods
{
    /// <summary>Null where there is a pod, or one may still come.</summary>
    public static PodFailure? OfNone(V1Job job, StartPatience patience)
    {
        if (!IsFirstDue(job) || !patience.IsOver(SinceWhen(job)))
            return null;
        var command = $"kubectl describe job {job.Name()} -n {job.Namespace()}";
        return new(Reasons.NoPod, job.Spec?.Suspend == true
            ? $"Job \"{job.Name()}\" is suspended and has no pod: whoever suspended it, a queue of Jobs for example, has to let it go on; "
                + $"see {command}"
            : $"no pod of Job \"{job.Name()}\" has been made in {Durations.Format(patience.Longest)} in namespace \"{job.Namespace()}\": {command} says "
                + "why; usually a quota, a LimitRange or an admission policy of the namespace, or a service account that is gone");
    }

    /// <summary>Null where it has begun, or still may.</summary>
    public static PodFailure? OfPending(V1Pod pod, StartPatience patience)
    {
        if (pod.Status?.Phase != "Pending" || !patience.IsOver(pod.Metadata.CreationTimestamp))
            return null;
        return new(Reasons.PodNotStarted,
            $"pod \"{pod.Name()}\" has not started in {Durations.Format(patience.Longest)}: kubectl describe pod {pod.Name()} "
            + $"-n {pod.Namespace()} says why; usually a volume whose Secret or ConfigMap is gone, a node that hangs or a "
            + "large image that is still pulled");
    }

    /// <summary>By when a pod of the Job should run; null where one does, where that cannot be said, or where it ended.</summary>
    /// <param name="newest">Null where there is none.</param>
    public static DateTimeOffset? StartsBy(V1Job job, V1Pod? newest, StartPatience patience) => newest switch
    {
        _ when JobReader.End(job) is not null => null,
        null => IsFirstDue(job) ? patience.EndsAt(SinceWhen(job)) : null,
        { Status.Phase: "Pending" } => patience.EndsAt(newest.Metadata.CreationTimestamp),
        _ => null,
    };

    // One that had a pod waits for the next one as long as the Job controller likes, and one whose pod it counts has one
    // that the informer's copy does not show yet.
    static bool IsFirstDue(V1Job job) => job.Status is not ({ Active: > 0 } or { Failed: > 0 } or { Succeeded: > 0 });

    // One that was suspended begins anew.
    static DateTimeOffset? SinceWhen(V1Job job) =>
        job.Status?.StartTime > job.Metadata.CreationTimestamp ? job.Status.StartTime : job.Metadata.CreationTimestamp;
}
