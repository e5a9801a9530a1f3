using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Applying;
using Kombo.Operator.Cluster;

namespace Kombo.Operator;

/// <summary>Says of a schedule whether it is valid, who uses it and what comes next.</summary>
sealed class SyncScheduleReconciler(ClusterView view, StatusWriter statuses, TimeProvider clock)
    : IEntityController<V1Alpha1SyncSchedule>
{
    static readonly TimeSpan CopyIsBehind = TimeSpan.FromSeconds(1);

    // Nobody says when the cluster's schema is another one.
    static readonly TimeSpan StatusRefusedRecheck = TimeSpan.FromMinutes(1);

    public async Task<ReconciliationResult<V1Alpha1SyncSchedule>> ReconcileAsync(
        V1Alpha1SyncSchedule entity, CancellationToken cancellationToken)
    {
        var users = view.UsersOf(NamespacedName.Of(entity)).Select(integration => integration.Status).ToList();
        var status = ScheduleStatus.Of(entity, users, clock.GetUtcNow());
        TimeSpan? again = await statuses.WriteAsync(entity, status, cancellationToken) switch
        {
            StatusWrite.Outdated => CopyIsBehind,
            StatusWrite.Refused => StatusRefusedRecheck,
            _ => null,
        };
        return ReconciliationResult<V1Alpha1SyncSchedule>.Success(entity, again);
    }

    // Integrations that used it are woken by the same event.
    public Task<ReconciliationResult<V1Alpha1SyncSchedule>> DeletedAsync(
        V1Alpha1SyncSchedule entity, CancellationToken cancellationToken) =>
        Task.FromResult(ReconciliationResult<V1Alpha1SyncSchedule>.Success(entity));
}
