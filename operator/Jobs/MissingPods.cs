using Kombo.Core.Resources;
using Kombo.Core.Scheduling;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Jobs;

/// <summary>Why a Job has no pod that runs, where no pod says it itself. Pure.</summary>
static class MissingPods
{
    /// <summary>Of a Job without pods.</summary>
    public const string UsualCauses =
        "a quota, a LimitRange or an admission policy of the namespace, or a service account that is gone";

    /// <summary>Null where there is a pod, or one may still come.</summary>
    public static PodFailure? OfNone(V1Job job, StartPatience patience)
    {
        if (!IsFirstDue(job) || !patience.IsOver(SinceWhen(job)))
            return null;
        return new(Reasons.NoPod, job.Spec?.Suspend == true
            ? $"Job \"{job.Name()}\" is suspended and has no pod: whoever suspended it, a queue of Jobs for example, has to "
                + $"let it go on; see {Describe(job)}"
            : $"no pod of Job \"{job.Name()}\" in namespace \"{job.Namespace()}\" has been made in "
                + $"{Durations.Format(patience.Longest)}: {Describe(job)} says why; usually it is {UsualCauses}");
    }

    /// <summary>The command that tells more.</summary>
    public static string Describe(V1Job job) => $"kubectl describe job {job.Name()} -n {job.Namespace()}";

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
