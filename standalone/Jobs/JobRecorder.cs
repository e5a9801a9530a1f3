using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Jobs;

/// <summary>Writes what a cluster's Job controller and kubelet would write of a Job and its pods.</summary>
internal sealed class JobRecorder(IKubernetesClient client, TimeProvider clock)
{
    /// <returns>The Job as it is now; null when it is gone, or another has its name.</returns>
    public async Task<V1Job?> FindAsync(V1Job job, CancellationToken cancellationToken) =>
        await client.GetAsync<V1Job>(job.Name(), job.Namespace(), cancellationToken) is { } live
            && live.Uid() == job.Uid()
            ? live
            : null;

    /// <returns>The pod's name.</returns>
    public async Task<string> BeginAsync(V1Job job, int attempt, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var status =
            new V1JobStatus { Active = 1, StartTime = job.Status?.StartTime ?? now, Failed = job.Status?.Failed };
        await PatchStatusAsync<V1Job>(job.Name(), job.Namespace(), status, cancellationToken);
        var pod = PodOf(job, attempt);
        try
        {
            await client.CreateAsync(pod, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
            // Of an attempt that this process has lost sight of.
        }

        await PatchStatusAsync<V1Pod>(pod.Name(), pod.Namespace(), new V1PodStatus
        {
            Phase = "Running",
            StartTime = now,
            ContainerStatuses = [Container(job, new V1ContainerState { Running = new() { StartedAt = now } })],
        }, cancellationToken);
        return pod.Name();
    }

    /// <summary>The pod has ended.</summary>
    public Task EndPodAsync(
        V1Job job, string pod, (int ExitCode, RunProgress Progress) end, CancellationToken cancellationToken) =>
        PatchStatusAsync<V1Pod>(pod, job.Namespace(), new V1PodStatus
        {
            Phase = end.ExitCode == WorkerExitCode.Done ? "Succeeded" : "Failed",
            ContainerStatuses =
            [
                Container(job, new V1ContainerState
                {
                    Terminated = new()
                    {
                        ExitCode = end.ExitCode,
                        Reason = end.ExitCode == WorkerExitCode.Done ? "Completed" : "Error",
                        Message = Encoding.UTF8.GetString(TerminationMessage.Write(end.Progress)),
                        FinishedAt = clock.GetUtcNow(),
                    },
                }),
            ],
        }, cancellationToken);

    /// <summary>The Job waits for its next pod.</summary>
    public Task CountFailureAsync(V1Job job, int failures, CancellationToken cancellationToken) =>
        PatchStatusAsync<V1Job>(
            job.Name(), job.Namespace(), new V1JobStatus { Active = 0, Failed = failures }, cancellationToken);

    public Task CompleteAsync(V1Job job, CancellationToken cancellationToken) => PatchStatusAsync<V1Job>(
        job.Name(), job.Namespace(),
        new V1JobStatus
        {
            Active = 0,
            Succeeded = 1,
            CompletionTime = clock.GetUtcNow(),
            Conditions = [Condition("Complete", "CompletionsReached", "Reached expected number of succeeded pods")],
        },
        cancellationToken);

    public Task FailAsync(
        V1Job job, int failures, AttemptRule.Fail why, CancellationToken cancellationToken) => PatchStatusAsync<V1Job>(
        job.Name(), job.Namespace(),
        new V1JobStatus { Active = 0, Failed = failures, Conditions = [Condition("Failed", why.Reason, why.Message)] },
        cancellationToken);

    static V1Pod PodOf(V1Job job, int attempt) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"{job.Name()}-{attempt}"),
            NamespaceProperty = job.Namespace(),
            Labels = new Dictionary<string, string>(
                job.Spec?.Template?.Metadata?.Labels ?? new Dictionary<string, string>())
            {
                ["batch.kubernetes.io/job-name"] = job.Name(),
                ["batch.kubernetes.io/controller-uid"] = job.Uid(),
                ["job-name"] = job.Name(),
                ["controller-uid"] = job.Uid(),
            },
            OwnerReferences = [job.MakeControllerReference()],
        },
        Spec = job.Spec?.Template?.Spec,
    };

    static V1ContainerStatus Container(V1Job job, V1ContainerState state) => new()
    {
        Name = job.Spec?.Template?.Spec?.Containers is [{ Name: { } name }, ..] ? name : "worker",
        RestartCount = 0,
        State = state,
    };

    V1JobCondition Condition(string type, string reason, string message)
    {
        var now = clock.GetUtcNow();
        return new()
        {
            Type = type,
            Status = "True",
            Reason = reason,
            Message = message,
            LastProbeTime = now,
            LastTransitionTime = now,
        };
    }

    async Task PatchStatusAsync<T>(string name, string? space, object status, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var node = JsonSerializer.SerializeToNode(status, CustomResources.Json.Options.GetTypeInfo(status.GetType()));
        try
        {
            await client.PatchStatusAsync<T>(
                name, space, V1Patch.Merge(new JsonObject { ["status"] = node }), new PatchOptions("kombo-jobs"),
                cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            // Deleted meanwhile: there is nothing to record on.
        }
    }
}
