using Kombo.Core.Planning;
using Kombo.Kubernetes;
using Kombo.Operator.Cluster;
using Kombo.Operator.Observing;

namespace Kombo.Operator;

/// <summary>What would be decided now. Changes nothing.</summary>
public sealed class PlanPreview
{
    readonly ClusterView view;
    readonly Observer observer;
    readonly CapacityLedger capacity;

    internal PlanPreview(ClusterView view, Observer observer, CapacityLedger capacity) =>
        (this.view, this.observer, this.capacity) = (view, observer, capacity);

    /// <returns>Null if there is no such Integration.</returns>
    public async Task<Plan?> FindAsync(string namespaceName, string name, CancellationToken cancellationToken) =>
        view.Integrations.Store.Get(new NamespacedName(namespaceName, name)) is { } integration
        && await observer.ObserveAsync(integration, Freshness.Stored, cancellationToken) is { } seen
            ? capacity.Preview(seen.Observation)
            : null;
}
