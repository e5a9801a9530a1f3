using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Controllers;
using Kombo.Operator.Cluster;
using Kombo.Storage.Registry;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Database;

/// <summary>Integrations that were deleted while no operator ran: nothing tells of them any more but their
/// rows.</summary>
sealed partial class MissedDeletions(
    ClusterView view, IKubernetesClient client, IRegistry registry, ClusterIdentity cluster,
    IOptions<OperatorOptions> options, TimeProvider clock, ILogger<MissedDeletions> logger)
{
    static readonly TimeSpan Recheck = TimeSpan.FromSeconds(30);

    /// <summary>Once, as soon as database and API server answer. Later deletions are seen as they happen.</summary>
    public async Task CloseRowsAsync(CancellationToken cancellationToken)
    {
        while (!await TryAsync(cancellationToken))
            await Task.Delay(Recheck, clock, cancellationToken);
    }

    async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        if ((await registry.StateAsync(cancellationToken)).Problem is not null)
            return false; // the Integrations' conditions say so
        if (await cluster.FindAsync(cancellationToken) is not { } own)
            return true; // any row might be another cluster's
        var isDone = true;
        try
        {
            foreach (var row in await registry.ListOpenAsync(own, cancellationToken))
                isDone &= !IsWatched(row) || await TryAsync(row, cancellationToken);
        }
        catch (ReconcileFailedException exception)
        {
            LogPostponed(Recheck, exception.Message);
            return false;
        }
        return isDone;
    }

    async Task<bool> TryAsync(IntegrationRow row, CancellationToken cancellationToken)
    {
        try
        {
            if (!await ExistsAsync(row, cancellationToken)
                && await registry.CloseAsync(row.Uid, cancellationToken))
                LogClosed(new(row.Namespace, row.Name), row.IntegrationId);
            return true;
        }
        catch (KubernetesException exception)
        {
            LogPostponed(Recheck, exception.Message);
            return false;
        }
    }

    // Another operator looks after the others.
    bool IsWatched(IntegrationRow row) =>
        options.Value.NamespaceList is [] || options.Value.NamespaceList.Contains(row.Namespace);

    // Absence from a copy proves nothing.
    async Task<bool> ExistsAsync(IntegrationRow row, CancellationToken cancellationToken) =>
        view.Integrations.Store.Get(new(row.Namespace, row.Name))?.Uid() == row.Uid
        || (await client.GetAsync<V1Alpha1Integration>(row.Name, row.Namespace, cancellationToken))?.Uid() == row.Uid;

    [LoggerMessage(1401, LogLevel.Information,
        "Integration {Integration} was deleted while no operator ran: the registry row of {IntegrationId} is closed")]
    partial void LogClosed(NamespacedName integration, string integrationId);

    [LoggerMessage(1402, LogLevel.Warning,
        "Could not look for Integrations that were deleted while no operator ran, trying again in {Wait}: {Problem}")]
    partial void LogPostponed(TimeSpan wait, string problem);
}
