using Kombo.Core.Runs;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Jobs;

/// <summary>The worker's container in a pod.</summary>
static class WorkerContainer
{
    /// <summary>The worker's last word, as the kubelet passes it on.</summary>
    /// <returns>Null if there is none, if it cannot be read, or if it speaks of another run.</returns>
    public static RunProgress? Report(V1Pod pod, string runId) =>
        TerminationMessage.Read(Terminated(pod)?.Message) is { } report && report.RunId == runId ? report : null;

    public static V1ContainerStateTerminated? Terminated(V1Pod pod) => Status(pod)?.State?.Terminated;

    /// <summary>Null until the kubelet has seen it.</summary>
    public static V1ContainerStatus? Status(V1Pod pod) =>
        pod.Status?.ContainerStatuses?.FirstOrDefault(status => status.Name == PodBuilder.ContainerName);
}
