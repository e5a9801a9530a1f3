using System.Collections.Concurrent;
using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Observing;

/// <summary>Looks whether Secrets are there and which keys they have. Values are not kept.</summary>
sealed class SecretReader(IKubernetesClient client, TimeProvider clock)
{
    const string ConnectionKey = "connectionString";

    // Every Integration of a namespace needs the same one, and many may be looked at in a second.
    static readonly TimeSpan TrustedFor = TimeSpan.FromSeconds(10);

    readonly ConcurrentDictionary<(string Namespace, string Name), long> good = new();

    /// <summary>Those that the source wants.</summary>
    public async Task<FoundSecret> CredentialsAsync(
        string namespaceName, string name, CancellationToken cancellationToken) =>
        await FindAsync(
            namespaceName, name, new(Reasons.CredentialsNotFound, "spec.credentials.secretRef.name: "),
            cancellationToken);

    /// <summary>The one that gives workers the database. One that was good is not read again for some seconds.</summary>
    public async Task<ImmutableArray<Problem>> DatabaseAsync(
        string namespaceName, string name, CancellationToken cancellationToken)
    {
        var key = (namespaceName, name);
        if (good.TryGetValue(key, out var at) && clock.GetElapsedTime(at) < TrustedFor)
            return [];
        var problems = await ReadDatabaseAsync(namespaceName, name, cancellationToken);
        if (problems is [])
            good[key] = clock.GetTimestamp();
        else
            good.TryRemove(key, out _);
        return problems;
    }

    async Task<ImmutableArray<Problem>> ReadDatabaseAsync(
        string namespaceName, string name, CancellationToken cancellationToken)
    {
        var found = await FindAsync(namespaceName, name, new(Reasons.DatabaseNotConfigured, ""), cancellationToken);
        return found.Keys?.Contains(ConnectionKey) == false
            ? [new(Reasons.DatabaseNotConfigured,
                $"Secret \"{name}\" in namespace \"{namespaceName}\" has no key \"{ConnectionKey}\": add the "
                + "connection string of the database under it", NeedsEdit: false)]
            : found.Problems;
    }

    async Task<FoundSecret> FindAsync(
        string namespaceName, string name, Purpose purpose, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync<V1Secret>(name, namespaceName, cancellationToken) is { } secret
                ? new([.. secret.Data?.Keys ?? []], secret.ResourceVersion(), [])
                : Not(purpose, $"there is no Secret \"{name}\" in namespace \"{namespaceName}\": create it"
                    + (purpose.Field.Length > 0 ? ", or correct the name" : ", with the key " + ConnectionKey));
        }
        catch (KubernetesException exception) when (exception.IsForbidden)
        {
            return Not(purpose, $"the operator may not read Secret \"{name}\": grant it get on secrets in namespace "
                + $"\"{namespaceName}\"");
        }
    }

    static FoundSecret Not(Purpose purpose, string message) =>
        new(null, null, [new(purpose.Reason, purpose.Field + message, NeedsEdit: false)]);

    sealed record Purpose(string Reason, string Field);
}

/// <param name="Keys">Null: it is not there.</param>
/// <param name="Version">Its resource version; null: it is not there.</param>
sealed record FoundSecret(ImmutableArray<string>? Keys, string? Version, ImmutableArray<Problem> Problems)
{
    /// <summary>The Integration names none.</summary>
    public static FoundSecret NotNeeded { get; } = new([], null, []);
}
