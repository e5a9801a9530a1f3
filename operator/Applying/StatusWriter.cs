using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Cluster;

namespace Kombo.Operator.Applying;

/// <summary>Writes statuses by server-side apply: all fields that the operator owns each time, never the worker's
/// progress, and nothing if nothing changed.</summary>
sealed class StatusWriter(IKubernetesClient client, RecentWrites recent)
{
    static readonly PatchOptions Options = new(FieldManagers.Operator, Force: true);

    /// <returns>Whether it was written.</returns>
    public async Task<bool> WriteAsync(
        V1Alpha1Integration integration, IntegrationStatus status, CancellationToken cancellationToken)
    {
        if (StatusText.AreEqual(status, integration.Status ?? new IntegrationStatus()))
            return false;
        var patch =
            new V1Alpha1Integration { Metadata = Address(integration), Status = status with { Progress = null } };
        if (await ApplyAsync(integration, patch, cancellationToken) is not { } written)
            return false;
        recent.Add(written);
        return true;
    }

    /// <returns>Whether it was written.</returns>
    public async Task<bool> WriteAsync(
        V1Alpha1SyncSchedule schedule, SyncScheduleStatus status, CancellationToken cancellationToken)
    {
        var json = CustomResources.Json;
        if (json.Serialize(status) == json.Serialize(schedule.Status ?? new SyncScheduleStatus()))
            return false;
        var patch = new V1Alpha1SyncSchedule { Metadata = Address(schedule), Status = status };
        return await ApplyAsync(schedule, patch, cancellationToken) is not null;
    }

    // The uid makes sure that it is this very object, and not a later one of the same name.
    static V1ObjectMeta Address(IKubernetesObject<V1ObjectMeta> entity) => new()
    {
        Name = entity.Name(),
        NamespaceProperty = entity.Namespace(),
        Uid = entity.Uid(),
    };

    // Null: it was deleted, perhaps made again, or its namespace goes: its status matters to nobody any more.
    async Task<T?> ApplyAsync<T>(T entity, T patch, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            var body = V1Patch.Apply(CustomResources.Json.SerializeToNode(patch));
            return await client.PatchStatusAsync<T>(entity.Name(), entity.Namespace(), body, Options, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsNotFound || exception.IsNamespaceTerminating)
        {
            return null;
        }
        catch (KubernetesException exception) when (exception.IsConflict || exception.IsInvalid)
        {
            var live = await client.GetAsync<T>(entity.Name(), entity.Namespace(), cancellationToken);
            if (live is null || live.Uid() != entity.Uid())
                return null;
            throw;
        }
    }
}
