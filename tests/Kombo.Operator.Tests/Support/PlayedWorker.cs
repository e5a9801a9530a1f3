using System.Text.Json.Nodes;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Tests.Support;

/// <summary>Does what worker, kubelet and Job controller do to the objects of a run.</summary>
sealed class PlayedWorker(IKubernetesClient client, TimeProvider clock)
{
    /// <summary>The worker's word on the status, then the Job's end.</summary>
    /// <param name="word">Null: it succeeded, now.</param>
    public async Task FinishAsync(V1Job job, RunProgress? word = null)
    {
        await ReportAsync(job, word);
        await EndJobAsync(job, word is null or { Result: "Succeeded" } ? "Complete" : "Failed");
    }

    /// <summary>As the worker reports.</summary>
    /// <param name="word">Null: it succeeded, now.</param>
    public Task ReportAsync(V1Job job, RunProgress? word = null)
    {
        word ??= new()
        {
            RunId = job.GetAnnotation(JobAnnotations.RunId)!, // every Job of ours has one
            Phase = "Finished",
            Result = "Succeeded",
            FinishedAt = clock.GetUtcNow(),
        };
        var name = job.GetAnnotation(JobAnnotations.Integration)!;
        var type = job.GetAnnotation(JobAnnotations.Type)!;
        var body = new JsonObject
        {
            ["apiVersion"] = "kombo.dev/v1alpha1",
            ["kind"] = "Integration",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = job.Namespace() },
            ["status"] = new JsonObject
            {
                ["progress"] = new JsonObject { [type] = CustomResources.Json.SerializeToNode(word) },
            },
        };
        return client.PatchStatusAsync<V1Alpha1Integration>(
            name, job.Namespace(), V1Patch.Apply(body), new(FieldManagers.Worker, Force: true), CancellationToken.None);
    }

    /// <param name="condition">Complete or Failed.</param>
    public Task EndJobAsync(V1Job job, string condition, string? reason = null) => client.PatchStatusAsync<V1Job>(
        job.Name(),
        job.Namespace(),
        V1Patch.Merge(new JsonObject
        {
            ["status"] = CustomResources.Json.SerializeToNode(new V1JobStatus
            {
                CompletionTime = condition == "Complete" ? clock.GetUtcNow() : null,
                Conditions = [new()
                {
                    Type = condition,
                    Status = "True",
                    Reason = reason,
                    LastTransitionTime = clock.GetUtcNow(),
                }],
            }),
        }),
        new("job-controller"),
        CancellationToken.None);
}
