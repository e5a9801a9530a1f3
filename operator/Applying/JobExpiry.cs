using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Applying;

/// <summary>Lets the cluster remove a Job some time after its outcome was stored, and never before.</summary>
sealed class JobExpiry(IKubernetesClient client, IOptions<OperatorOptions> options)
{
    /// <param name="stored">The status as it was written.</param>
    public async Task SetAsync(IEnumerable<V1Job> jobs, IntegrationStatus stored, CancellationToken cancellationToken)
    {
        foreach (var job in jobs.Where(job => IsDue(job, stored)))
            await SetAsync(job, cancellationToken);
    }

    static bool IsDue(V1Job job, IntegrationStatus stored) =>
        JobReader.End(job) is not null
        && job is { Spec.TtlSecondsAfterFinished: null, Metadata.DeletionTimestamp: null }
        && stored.History?.Any(run => run.RunId == job.GetAnnotation(JobAnnotations.RunId)) == true;

    async Task SetAsync(V1Job job, CancellationToken cancellationToken)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = job.Uid() }, // another Job of that name is refused
            ["spec"] = new JsonObject { ["ttlSecondsAfterFinished"] = (int)options.Value.JobTimeToLive.TotalSeconds },
        };
        try
        {
            await client.PatchAsync<V1Job>(
                job.Name(), job.Namespace(), V1Patch.Merge(patch), PatchOptions.None, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsNotFound || exception.IsConflict || exception.IsInvalid)
        {
            // Gone, or replaced.
        }
    }
}
