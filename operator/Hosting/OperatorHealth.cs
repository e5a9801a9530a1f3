using Kombo.Operator.Cluster;
using Kombo.Operator.Leadership;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Kombo.Operator.Hosting;

/// <summary>Ready once the first lists are there, leading or not.</summary>
sealed class OperatorHealth(ClusterView view) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(view.HasSynced
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(
                $"the first lists of the cluster's objects have not arrived ({string.Join(", ", view.Missing)}): the log says why"));
}

/// <summary>Alive: it answers, and if it leads, it renews. Never asks the API server.</summary>
sealed class LeaseHealth(ILeadership leadership) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(leadership.IsOverrun
            ? HealthCheckResult.Unhealthy("the lease was held and has run out, and nothing renews it")
            : HealthCheckResult.Healthy());
}
