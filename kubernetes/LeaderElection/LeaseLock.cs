using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.LeaderElection;

/// <summary>A Lease. Give it a client of its own: one that is slowed down by other work would lose the lease.</summary>
public sealed class LeaseLock(IKubernetesClient client, string namespaceName, string name, string identity) : ILock
{
    V1Lease? last;

    public string Identity => identity;

    public string Describe() => $"{namespaceName}/{name}";

    public async Task<LeaderElectionRecord?> GetAsync(CancellationToken cancellationToken)
    {
        last = await client.GetAsync<V1Lease>(name, namespaceName, cancellationToken);
        return last is null ? null : Read(last.Spec ?? new());
    }

    public async Task<bool> CreateAsync(LeaderElectionRecord record, CancellationToken cancellationToken)
    {
        try
        {
            var lease = new V1Lease
            {
                Metadata = new() { Name = name, NamespaceProperty = namespaceName },
                Spec = Write(record),
            };
            last = await client.CreateAsync(lease, cancellationToken);
            return true;
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
            return false;
        }
    }

    public async Task<bool> UpdateAsync(LeaderElectionRecord record, CancellationToken cancellationToken)
    {
        if (last is not { } read)
            throw new InvalidOperationException($"the lease {Describe()} has not been read");
        try
        {
            // With the version that was read: whoever wrote since has won.
            last = await client.ReplaceAsync(read with { Spec = Write(record) }, cancellationToken);
            return true;
        }
        catch (KubernetesException exception) when (exception.IsConflict || exception.IsNotFound)
        {
            return false;
        }
    }

    static LeaderElectionRecord Read(V1LeaseSpec spec) => new()
    {
        HolderIdentity = spec.HolderIdentity,
        LeaseDurationSeconds = spec.LeaseDurationSeconds,
        AcquireTime = spec.AcquireTime,
        RenewTime = spec.RenewTime,
        LeaderTransitions = spec.LeaseTransitions,
    };

    static V1LeaseSpec Write(LeaderElectionRecord record) => new()
    {
        HolderIdentity = record.HolderIdentity,
        LeaseDurationSeconds = record.LeaseDurationSeconds,
        AcquireTime = record.AcquireTime,
        RenewTime = record.RenewTime,
        LeaseTransitions = record.LeaderTransitions,
    };
}
