using System.Text.Json.Nodes;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;

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
    public async Task ReportAsync(V1Job job, RunProgress? word = null)
    {
        word ??= new()
        {
            RunId = job.GetAnnotation(JobAnnotations.RunId)!, // every Job of ours has one
            Phase = "Finished",
            Result = "Succeeded",
            FinishedAt = clock.GetUtcNow(),
        };
        var part = job.GetAnnotation(JobAnnotations.Type)!;
        if (!await TryAddAsync(job, $"/status/progress/{part}", ToNode(word))
            && !await TryAddAsync(job, "/status/progress", new JsonObject { [part] = ToNode(word) }))
            await ApplyAsync(job, new JsonObject { ["progress"] = new JsonObject { [part] = ToNode(word) } });
    }

    // The worker's way. False: there is nothing yet to put it into.
    async Task<bool> TryAddAsync(V1Job job, string path, JsonNode? value)
    {
        var patch = V1Patch.Json(new JsonArray(
            new JsonObject { ["op"] = "test", ["path"] = "/metadata/uid", ["value"] = JobOwner.UidOf(job) },
            new JsonObject { ["op"] = "add", ["path"] = path, ["value"] = value }));
        try
        {
            await PatchAsync(job, patch, new(FieldManagers.Worker));
            return true;
        }
        catch (KubernetesException exception) when (exception.IsInvalid)
        {
            return false;
        }
    }

    // For tests that are faster than the operator, whose status is not there yet; a worker would go without.
    Task<V1Alpha1Integration> ApplyAsync(V1Job job, JsonObject status) => PatchAsync(
        job,
        V1Patch.Apply(new JsonObject
        {
            ["apiVersion"] = "kombo.dev/v1alpha1",
            ["kind"] = "Integration",
            ["metadata"] = new JsonObject
            {
                ["name"] = job.GetAnnotation(JobAnnotations.Integration),
                ["namespace"] = job.Namespace(),
            },
            ["status"] = status,
        }),
        new(FieldManagers.Worker, Force: true));

    Task<V1Alpha1Integration> PatchAsync(V1Job job, V1Patch patch, PatchOptions options) =>
        client.PatchStatusAsync<V1Alpha1Integration>(
            job.GetAnnotation(JobAnnotations.Integration)!, job.Namespace(), patch, options, CancellationToken.None);

    static JsonNode? ToNode(RunProgress word) => CustomResources.Json.SerializeToNode(word);

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
