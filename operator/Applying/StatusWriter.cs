using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Events;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Cluster;

namespace Kombo.Operator.Applying;

/// <summary>Writes statuses by server-side apply: all fields that the operator owns each time, never the worker's
/// progress, and nothing if nothing changed.</summary>
sealed partial class StatusWriter(
    IKubernetesClient client, RecentWrites recent, EventRecorder events, ILogger<StatusWriter> logger)
{
    static readonly PatchOptions Options = new(FieldManagers.Operator, Force: true);

    /// <returns>With the object as it is after the write; null where it was not written.</returns>
    public async Task<(StatusWrite Write, V1Alpha1Integration? Written)> WriteAsync(
        V1Alpha1Integration integration, IntegrationStatus status, CancellationToken cancellationToken)
    {
        if (StatusText.AreEqual(status, integration.Status ?? new IntegrationStatus()))
            return (StatusWrite.Unchanged, null);
        var patch =
            new V1Alpha1Integration { Metadata = Address(integration), Status = status with { Progress = null } };
        var (write, written) = await ApplyAsync(integration, patch, cancellationToken);
        if (written is not null)
            recent.Add(written);
        return (write, written);
    }

    public async Task<StatusWrite> WriteAsync(
        V1Alpha1SyncSchedule schedule, SyncScheduleStatus status, CancellationToken cancellationToken)
    {
        var json = CustomResources.Json;
        if (json.Serialize(status) == json.Serialize(schedule.Status ?? new SyncScheduleStatus()))
            return StatusWrite.Unchanged;
        var patch = new V1Alpha1SyncSchedule { Metadata = Address(schedule), Status = status };
        var (write, _) = await ApplyAsync(schedule, patch, cancellationToken);
        return write;
    }

    // The version makes sure that it is the very object that was looked at, and not a later one of the same name: API
    // servers ignore the uid of an apply to the status (seen on 1.20).
    static V1ObjectMeta Address(IKubernetesObject<V1ObjectMeta> entity) => new()
    {
        Name = entity.Name(),
        NamespaceProperty = entity.Namespace(),
        ResourceVersion = entity.ResourceVersion(),
    };

    async Task<(StatusWrite Write, T? Written)> ApplyAsync<T>(T entity, T patch, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            var body = V1Patch.Apply(CustomResources.Json.SerializeToNode(patch));
            var written =
                await client.PatchStatusAsync<T>(entity.Name(), entity.Namespace(), body, Options, cancellationToken);
            return (StatusWrite.Written, written);
        }
        catch (KubernetesException exception) when (exception.IsNotFound || exception.IsNamespaceTerminating)
        {
            return (StatusWrite.Gone, null);
        }
        catch (KubernetesException exception) when (exception.IsConflict)
        {
            return (StatusWrite.Outdated, null);
        }
        catch (KubernetesException exception) when (RefusedStatus.IsOne(exception))
        {
            Tell(entity, exception);
            return (StatusWrite.Refused, null);
        }
    }

    void Tell<T>(T entity, KubernetesException refusal)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var note = RefusedStatus.Explain(KubernetesEntityAttribute.Of<T>().Kind, refusal);
        events.Publish(entity, new(EventType.Warning, Reasons.StatusRefused, "WriteStatus", note));
        LogRefused(NamespacedName.Of(entity), note);
    }

    [LoggerMessage(1901, LogLevel.Error, "{Name}: {Note}")]
    partial void LogRefused(NamespacedName name, string note);
}

/// <summary>What became of a status.</summary>
enum StatusWrite
{
    /// <summary>It was so already.</summary>
    Unchanged,

    Written,

    /// <summary>The object was deleted, or its namespace goes: its status matters to nobody any more.</summary>
    Gone,

    /// <summary>The cluster's schema of the kind does not let it in. An Event says so; only another schema helps.</summary>
    Refused,

    /// <summary>The object is another one by now: read it and decide again.</summary>
    Outdated,
}
