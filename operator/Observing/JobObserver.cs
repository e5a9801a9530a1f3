using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Cluster;
using Kombo.Operator.Jobs;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Observing;

/// <summary>The Jobs of an Integration, with what their pods say.</summary>
sealed class JobObserver(
    ClusterView view, StartedJobs started, IKubernetesClient client, IOptions<OperatorOptions> options)
{
    public async Task<ImmutableArray<V1Job>> FindAsync(
        V1Alpha1Integration integration, CancellationToken cancellationToken)
    {
        // In this order: one that the informer shows in between is in both, and none is in neither.
        var made = await started.FindAsync(integration, cancellationToken);
        var shown = view.JobsOf(integration.Uid());
        var jobs = shown.Concat(made.Where(job => shown.All(other => other.Name() != job.Name()))).ToList();
        return [.. jobs, .. await LostAsync(integration, jobs, cancellationToken)];
    }

    /// <summary>A Job that ended without its pods' word in the informer's copy has them read again.</summary>
    public async Task<ImmutableArray<ObservedJob>> ReadAsync(
        V1Alpha1Integration integration, ImmutableArray<V1Job> jobs, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var patience = new StartPatience(now, options.Value.StartPatience) { Status = integration.Status };
        var read = ImmutableArray.CreateBuilder<ObservedJob>(jobs.Length);
        foreach (var job in jobs)
        {
            var observed = JobReader.Read(job, view.PodsOf(job), patience);
            if (observed is { Succeeded: not null, Reported: null } && !IsTold(integration.Status, observed))
                observed = JobReader.Read(job, await PodsAsync(job, cancellationToken), patience);
            if (observed is not null)
                read.Add(observed);
        }
        return read.DrainToImmutable();
    }

    // Absence from a copy proves nothing.
    async Task<IReadOnlyList<V1Job>> LostAsync(
        V1Alpha1Integration integration, IReadOnlyList<V1Job> jobs, CancellationToken cancellationToken)
    {
        List<V1Job> found = [];
        var active = integration.Status?.Active;
        foreach (var run in SyncTypeRules.All.Select(type => active?[type]).OfType<ActiveRun>())
            if (jobs.All(job => job.Name() != run.JobName)
                && await client.GetAsync<V1Job>(run.JobName, integration.Namespace(), cancellationToken) is { } job
                && JobOwner.UidOf(job) == integration.Uid())
                found.Add(job);
        return found;
    }

    async Task<IReadOnlyList<V1Pod>> PodsAsync(V1Job job, CancellationToken cancellationToken)
    {
        var list = await client.ListAsync<V1Pod>(
            job.Namespace(), ListOptions.All with { LabelSelector = $"job-name={job.Name()}" }, cancellationToken);
        return [.. list.Items.Where(pod => pod.IsOwnedBy(job))];
    }

    static bool IsTold(IntegrationStatus? status, ObservedJob job) =>
        status?.History?.Any(run => run.RunId == job.RunId) == true
        || status?.Progress?[job.Type] is { Result: not null } progress && progress.RunId == job.RunId;
}
