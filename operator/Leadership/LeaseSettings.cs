using System.Security.Cryptography;
using Kombo.Kubernetes;
using Kombo.Kubernetes.LeaderElection;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Leadership;

/// <summary>How the settings make an election. Pure but for the identity.</summary>
static class LeaseSettings
{
    public static LeaderElectionConfig ConfigOf(OperatorOptions options, ILock leaderLock, TimeProvider clock) => new(leaderLock)
    {
        LeaseDuration = options.LeaseDuration,
        RenewDeadline = options.LeaseRenewDeadline,
        RetryPeriod = options.LeaseRetryPeriod,
        Name = options.LeaseName,
        Clock = clock,
    };

    /// <summary>A restarted container has the same host name, and has renewed nothing yet.</summary>
    public static string NewIdentity(string host) => $"{host}_{new Guid(RandomNumberGenerator.GetBytes(16))}";

    /// <param name="ownNamespace">Of the configuration; null where it does not say.</param>
    public static string NamespaceOf(OperatorOptions options, Func<string, string?> variable, string? ownNamespace) =>
        options.LeaseNamespace is { Length: > 0 } given ? given
        : variable("POD_NAMESPACE") is { Length: > 0 } pods ? pods
        : ownNamespace ?? throw new OptionsValidationException(
            nameof(OperatorOptions.LeaseNamespace), typeof(OperatorOptions),
            ["LeaseNamespace: say in which namespace the Lease is, or set POD_NAMESPACE, or LeaderElection to false"]);

    public static bool IsWanted(OperatorOptions options, bool isInCluster) => options.LeaderElection ?? isInCluster;

    public static LeaseLock LockOf(IKubernetesClient client, OperatorOptions options, string namespaceName) =>
        new(client, namespaceName, options.LeaseName, NewIdentity(Environment.MachineName));
}
