using Kombo.Core.Planning;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Database;
using Kombo.Operator.Metrics;
using Kombo.Operator.Observing;

namespace Kombo.Operator.Applying;

/// <summary>Everything that a reconcile of an Integration changes outside of this process.</summary>
sealed class Effects(
    PlanExecutor executor, StatusWriter statuses, JobExpiry expiry, Finalizer finalizer, RegistryKeeper registry,
    ApiInbox inbox)
{
    public async Task<Applied> ApplyAsync(Seen seen, Plan plan, CancellationToken cancellationToken)
    {
        var applied = await executor.ApplyAsync(seen, plan, cancellationToken);
        if (plan.Steps.Any(step => step is Decision.AcceptRequest or Decision.AnswerRequest))
            await inbox.RefreshAsync(cancellationToken);
        return applied;
    }

    /// <summary>The status, and what may happen only when it is stored.</summary>
    public async Task<StatusWrite> WriteStatusAsync(Seen seen, Plan plan, CancellationToken cancellationToken)
    {
        var (write, written) = await statuses.WriteAsync(seen.Integration, plan.Status, cancellationToken);
        // A kind that is too old for the status does not keep an Integration whose data is gone.
        if (write is StatusWrite.Refused && !await finalizer.RemoveAsync(seen.Integration, plan, cancellationToken))
            return StatusWrite.Outdated;
        if (write is not (StatusWrite.Written or StatusWrite.Unchanged))
            return write;
        if (write is StatusWrite.Written)
            SyncMetrics.Count(seen.Observation, ConnectorOf(seen), plan.Status);
        executor.Publish(seen.Integration, plan);
        await expiry.SetAsync(seen.Jobs, plan.Status, cancellationToken);
        return await finalizer.RemoveAsync(written ?? seen.Integration, plan, cancellationToken)
            ? write : StatusWrite.Outdated;
    }

    /// <summary>Before anything starts, so that a worker finds its integration.</summary>
    /// <returns>What keeps it from being written; null where nothing does.</returns>
    public Task<Problem?> SaveRowAsync(Seen seen, Plan plan, CancellationToken cancellationToken) =>
        registry.SaveAsync(seen, plan, cancellationToken);

    /// <summary>The Integration is gone, and its data is retained.</summary>
    public Task CloseRowAsync(V1Alpha1Integration integration, CancellationToken cancellationToken) =>
        registry.CloseAsync(integration.Uid(), cancellationToken);

    // One that does not load any more is still named by the data that it brought.
    static string ConnectorOf(Seen seen) =>
        seen.Observation.Connector?.Name ?? seen.Integration.Status?.Identity?.Split(' ')[0] ?? "unknown";
}
