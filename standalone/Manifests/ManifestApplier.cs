using System.Text.Json.Nodes;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Manifests;

/// <summary>Does to the cluster what <c>kubectl apply</c> and <c>kubectl delete</c> would do. Safe to repeat.</summary>
/// <param name="ensureNamespace">Namespaces come with the objects in them.</param>
internal sealed class ManifestApplier(IKubernetesClient client, Action<string> ensureNamespace)
{
    static readonly PatchOptions AsPerson = new(FieldManager: "kombo-manifests");

    /// <exception cref="KubernetesException">The cluster refused.</exception>
    public Task ApplyAsync(
        Manifest manifest, JsonObject? before, CancellationToken cancellationToken) => manifest.Key.Kind switch
        {
            "Secret" => ApplyAsync<V1Secret>(manifest, before, cancellationToken),
            "ConfigMap" => ApplyAsync<V1ConfigMap>(manifest, before, cancellationToken),
            "SyncSchedule" => ApplyAsync<V1Alpha1SyncSchedule>(manifest, before, cancellationToken),
            "Integration" => ApplyAsync<V1Alpha1Integration>(manifest, before, cancellationToken),
            var kind => throw new ArgumentException(
                $"manifests of kind {kind} are refused when they are read", nameof(manifest)),
        };

    /// <inheritdoc cref="ApplyAsync(Manifest, JsonObject?, CancellationToken)"/>
    public Task DeleteAsync(ManifestKey key, CancellationToken cancellationToken) => key.Kind switch
    {
        "Secret" => DeleteAsync<V1Secret>(key, cancellationToken),
        "ConfigMap" => DeleteAsync<V1ConfigMap>(key, cancellationToken),
        "SyncSchedule" => DeleteAsync<V1Alpha1SyncSchedule>(key, cancellationToken),
        "Integration" => DeleteAsync<V1Alpha1Integration>(key, cancellationToken),
        var kind =>
            throw new ArgumentException($"manifests of kind {kind} are refused when they are read", nameof(key)),
    };

    async Task ApplyAsync<T>(Manifest manifest, JsonObject? before, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var (_, space, name) = manifest.Key;
        ensureNamespace(space);
        if (await client.GetAsync<T>(name, space, cancellationToken) is not { } live)
        {
            await client.CreateAsync(CustomResources.Json.Deserialize<T>(manifest.Json), cancellationToken);
            return;
        }

        var patch = ThreeWayMerge.Patch(before, manifest.Json, CustomResources.Json.SerializeToNode(live).AsObject());
        if (patch.Count > 0)
            await client.PatchAsync<T>(name, space, V1Patch.Merge(patch), AsPerson, cancellationToken);
    }

    async Task DeleteAsync<T>(ManifestKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            await client.DeleteAsync<T>(key.Name, key.Namespace, DeleteOptions.Background, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            // Gone is what was wanted.
        }
    }
}
