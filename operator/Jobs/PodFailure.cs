using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Jobs;

/// <summary>Why a run failed or cannot begin, where the worker could not say it.</summary>
/// <param name="Reason">CamelCase.</param>
sealed record PodFailure(string Reason, string Message)
{
    /// <summary>Null where nothing is wrong, or nothing is known.</summary>
    public static PodFailure? Find(
        V1Job job, IReadOnlyList<V1Pod> newestFirst, V1JobCondition? end, StartPatience patience)
    {
        patience = patience.At(end?.LastTransitionTime);
        var waiting = newestFirst.Count == 0 ? null : OfWaiting(newestFirst[0]);
        var newest = newestFirst.Count == 0 ? null : waiting ?? MissingPods.OfPending(newestFirst[0], patience);
        var name = $"Job \"{job.Metadata.Name}\"";
        var runId = job.GetAnnotation(JobAnnotations.RunId);
        return end switch
        {
            null when newestFirst.Count == 0 => MissingPods.OfNone(job, patience),
            null => newest,
            { Type: "Complete" } => null,
            { Reason: "DeadlineExceeded" } => new(
                Reasons.DeadlineExceeded, OfDeadline(job, newest?.Message, patience.HasReported)),
            _ => newestFirst.Select(pod => Words(pod, runId) ?? OfEnded(pod)).OfType<PodFailure>().FirstOrDefault()
                ?? waiting
                ?? new(Reasons.Failed, $"{name} failed: {end.Reason}: {end.Message}"),
        };
    }

    // The Job controller removes the pods that are left at the deadline and their words with them, and may not count them
    // (seen on 1.20): that there is none then says nothing.
    static string OfDeadline(V1Job job, string? trouble, bool hasReported)
    {
        var isPurge = job.GetAnnotation(JobAnnotations.Type) == JobNames.Text(SyncType.Purge);
        var time = $"{job.Spec?.ActiveDeadlineSeconds} s";
        var limit = isPurge ? "the longest that a purge run may take" : "spec.activeDeadline of the SyncSchedule";
        if (trouble is not null)
            return $"Job \"{job.Name()}\" was ended after {time} ({limit}) while it waited for a pod that runs: {trouble}";
        var ended = isPurge
            ? $"Job \"{job.Name()}\" was ended after {time}, {limit}; the next one goes on with what is left"
            : $"Job \"{job.Name()}\" ran longer than {time}: raise {limit}";
        return hasReported ? ended
            : $"{ended}. Its worker never reported: {MissingPods.Describe(job)} says whether a pod of it came; if none did, it is usually "
                + MissingPods.UsualCauses;
    }

    // What the worker said of an attempt that another one might have mended, or where it knew of no run.
    static PodFailure? Words(V1Pod pod, string? runId) =>
        WorkerContainer.Terminated(pod) is { ExitCode: not WorkerExitCode.Done } failed
        && TerminationMessage.Read(failed.Message) is { Reason: { } reason, Message: { Length: > 0 } words } report
        && (report.RunId == runId || report.RunId.Length == 0)
            ? new(reason, words)
            : null;

    static PodFailure? OfEnded(V1Pod pod)
    {
        var name = $"pod \"{pod.Metadata.Name}\"";
        return (WorkerContainer.Terminated(pod), pod.Status) switch
        {
            ({ Reason: "OOMKilled" }, _) => new(
                Reasons.OutOfMemory,
                $"the worker in {name} was killed for using more memory than its limit: raise "
                + "spec.jobTemplate.resources.limits.memory"),
            ({ ExitCode: WorkerExitCode.BadCredentials }, _) =>
                new(Reasons.AuthenticationFailed, "the source did not accept the credentials"),
            ({ ExitCode: WorkerExitCode.BadConfiguration }, _) =>
                new(Reasons.PermanentError, $"the worker in {name} refused its configuration: {Log(pod)} says which"),
            ({ ExitCode: not WorkerExitCode.Done } ended, _) =>
                new(
                    Reasons.Failed,
                    $"the worker in {name} ended with exit code {ended.ExitCode}{Detail(ended.Reason)}: {Log(pod)} says more"),
            (null, { Phase: "Failed", Reason: Reasons.Evicted } status) =>
                new(
                    Reasons.Evicted,
                    $"{name} was evicted: {status.Message?.TrimEnd('.')}: give spec.jobTemplate.resources the requests that it "
                    + "needs, or a priorityClassName"),
            (null, { Phase: "Failed", Reason: { Length: > 0 } reason } status) =>
                new(Reasons.Failed, $"{name} failed: {reason}: {status.Message}"),
            _ => null,
        };
    }

    static PodFailure? OfWaiting(V1Pod pod)
    {
        var name = $"pod \"{pod.Metadata.Name}\"";
        var scheduled = pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "PodScheduled");
        if (scheduled is { Status: "False" })
            return new(
                Reasons.Unschedulable,
                $"{name} finds no node ({(scheduled.Message ?? scheduled.Reason)?.TrimEnd('.')}): lower "
                + "spec.jobTemplate.resources.requests, correct its nodeSelector and tolerations, or add a node");
        var waiting = WorkerContainer.Status(pod)?.State?.Waiting;
        var words = waiting?.Message ?? waiting?.Reason;
        return waiting?.Reason switch
        {
            "ErrImagePull" or "ImagePullBackOff" or "InvalidImageName" or "ErrImageNeverPull" =>
                new(
                    Reasons.ImagePullFailed,
                    $"the image of {name} cannot be pulled ({words}): check the operator's settings WorkerImage and "
                    + "WorkerImagePullSecrets"),
            "CreateContainerConfigError" or "CreateContainerError" or "RunContainerError" =>
                new(
                    Reasons.ContainerCannotStart,
                    $"{name} cannot start ({words}): check the Secrets and ConfigMaps that it mounts"),
            _ => null,
        };
    }

    static string Log(V1Pod pod) => $"kubectl logs {pod.Name()} -n {pod.Namespace()}";

    // "Error" says no more than the exit code.
    static string Detail(string? reason) => reason is null or "" or "Error" ? "" : $" ({reason})";
}
