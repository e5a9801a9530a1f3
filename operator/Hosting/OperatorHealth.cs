using Kombo.Operator.Cluster;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Kombo.Operator.Hosting;

/// <summary>Ready once the first lists are there. Being alive needs nothing but an answer.</summary>
sealed class OperatorHealth(ClusterView view) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(view.HasSynced
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("the first lists of the cluster's objects have not arrived"));
}
