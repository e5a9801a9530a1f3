using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Database;

/// <summary>Which cluster this is, for a database that several use: by its setting, else by the uid of its namespace
/// kube-system, which lives as long as the cluster does.</summary>
sealed partial class ClusterIdentity(
    IKubernetesClient client, IOptions<OperatorOptions> options, ILogger<ClusterIdentity> logger)
{
    const string Oldest = "kube-system";

    string? known;
    bool isTold;

    /// <returns>Null where it cannot be known: then no row is taken for this cluster's.</returns>
    public async Task<string?> FindAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Cluster is { Length: > 0 } named)
            return named;
        if (known is not null)
            return known;
        try
        {
            return known ??= (await client.GetAsync<V1Namespace>(Oldest, null, cancellationToken))?.Uid();
        }
        catch (KubernetesException exception)
        {
            if (!isTold)
                LogUnknown(exception.Message);
            isTold = true;
            return null;
        }
    }

    [LoggerMessage(1801, LogLevel.Warning,
        "Namespace kube-system, whose uid names this cluster, cannot be read, so rows of Integrations that are deleted "
        + "while no operator runs stay open: grant get on it, or set Cluster to a name of your own ({Problem})")]
    partial void LogUnknown(string problem);
}
