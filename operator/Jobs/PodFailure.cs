using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Jobs;

/// <summary>Why a run failed or cannot begin, where the worker could not say it.</summary>
/// <param name="Reason">CamelCase.</param>
sealed record PodFailure(string Reason, string Message)
{
    /// <summary>Null where nothing is wrong, or nothing is known.</summary>
    public static PodFailure? Find(V1Job job, IReadOnlyList<V1Pod> newestFirst, V1JobCondition? end) => end switch
    {
        null => newestFirst.Count == 0 ? null : OfWaiting(newestFirst[0]),
        { Type: "Complete" } => null,
        { Reason: "DeadlineExceeded" } => new(
            Reasons.DeadlineExceeded,
            $"Job \"{job.Metadata.Name}\" ran longer than {job.Spec?.ActiveDeadlineSeconds} s (activeDeadline of the schedule)"),
        _ => newestFirst.Select(pod => OfEnded(pod, job.GetAnnotation(JobAnnotations.RunId))).FirstOrDefault(failure => failure is not null)
            ?? (newestFirst.Count == 0 ? null : OfWaiting(newestFirst[0]))
            ?? new(Reasons.Failed, $"Job \"{job.Metadata.Name}\" failed: {end.Reason}: {end.Message}"),
    };

    static PodFailure? OfEnded(V1Pod pod, string? runId)
    {
        // What it said of an attempt that another one might have mended, or of an environment in which it knew of no run.
        if (WorkerContainer.Terminated(pod) is { ExitCode: not WorkerExitCode.Done } failed
            && TerminationMessage.Read(failed.Message) is { Reason: { } word, Message: { Length: > 0 } words } report
            && (report.RunId == runId || report.RunId.Length == 0))
            return new(word, words);
        if (WorkerContainer.Terminated(pod) is { } ended)
            return ended switch
            {
                { Reason: "OOMKilled" } => new("OutOfMemory", $"the worker in pod \"{pod.Metadata.Name}\" was killed for using more "
                    + "memory than its limit: raise spec.jobTemplate.resources.limits.memory"),
                { ExitCode: WorkerExitCode.BadCredentials } => new(
                    Reasons.AuthenticationFailed, "the source did not accept the credentials"),
                { ExitCode: WorkerExitCode.BadConfiguration } => new(
                    Reasons.PermanentError, $"the worker in pod \"{pod.Metadata.Name}\" refused its configuration: see its log"),
                { ExitCode: not WorkerExitCode.Done } => new(
                    Reasons.Failed, $"the worker in pod \"{pod.Metadata.Name}\" ended with exit code {ended.ExitCode}"
                    + (ended.Reason is { Length: > 0 } and not "Error" ? $" ({ended.Reason})" : "")),
                _ => null,
            };
        return pod.Status is { Phase: "Failed", Reason: { Length: > 0 } reason }
            ? new(reason, $"pod \"{pod.Metadata.Name}\" failed: {reason}: {pod.Status.Message}")
            : null;
    }

    static PodFailure? OfWaiting(V1Pod pod)
    {
        if (pod.Status?.Conditions?.FirstOrDefault(condition => condition is { Type: "PodScheduled", Status: "False" }) is { } unscheduled)
            return new("Unschedulable", $"pod \"{pod.Metadata.Name}\" finds no node: {unscheduled.Message ?? unscheduled.Reason}");
        return WorkerContainer.Status(pod)?.State?.Waiting switch
        {
            { Reason: "ErrImagePull" or "ImagePullBackOff" or "InvalidImageName" or "ErrImageNeverPull" } waiting => new(
                "ImagePullFailed", $"the image of pod \"{pod.Metadata.Name}\" cannot be pulled: {waiting.Message ?? waiting.Reason}"),
            { Reason: "CreateContainerConfigError" or "CreateContainerError" or "RunContainerError" } waiting => new(
                "ContainerCannotStart", $"pod \"{pod.Metadata.Name}\" cannot start: {waiting.Message ?? waiting.Reason}"),
            _ => null,
        };
    }
}
