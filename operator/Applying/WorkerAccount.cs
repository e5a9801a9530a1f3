using System.Collections.Concurrent;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;

namespace Kombo.Operator.Applying;

/// <summary>The workers' ServiceAccount in a namespace and its binding to the ClusterRole of the same name. Made where
/// they are missing, never changed: whoever wants others makes them first.</summary>
sealed class WorkerAccount(IKubernetesClient client, TimeProvider clock)
{
    // Starts come in bursts; in between both may be deleted.
    static readonly TimeSpan TrustedFor = TimeSpan.FromMinutes(1);

    const string Name = WorkerTemplate.WorkerAccountName;
    const string RbacGroup = "rbac.authorization.k8s.io";

    readonly ConcurrentDictionary<string, long> seen = new();

    public async Task EnsureAsync(string namespaceName, CancellationToken cancellationToken)
    {
        if (seen.TryGetValue(namespaceName, out var at) && clock.GetElapsedTime(at) < TrustedFor)
            return;
        await EnsureAsync(new V1ServiceAccount { Metadata = Metadata(namespaceName) }, cancellationToken);
        await EnsureAsync(
            new V1RoleBinding
            {
                Metadata = Metadata(namespaceName),
                Subjects = [new() { Kind = "ServiceAccount", Name = Name, Namespace = namespaceName }],
                RoleRef = new() { ApiGroup = RbacGroup, Kind = "ClusterRole", Name = Name },
            },
            cancellationToken);
        seen[namespaceName] = clock.GetTimestamp();
    }

    async Task EnsureAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (await client.GetAsync<T>(Name, entity.Namespace(), cancellationToken) is not null)
            return;
        try
        {
            await client.CreateAsync(entity, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
            // Another reconcile was faster.
        }
    }

    static V1ObjectMeta Metadata(string namespaceName) => new()
    {
        Name = Name,
        NamespaceProperty = namespaceName,
        Labels = new Dictionary<string, string>
        {
            ["app.kubernetes.io/name"] = Name,
            ["app.kubernetes.io/part-of"] = "kombo",
            [Labels.ManagedBy] = Labels.ManagedByKombo,
        },
    };
}
