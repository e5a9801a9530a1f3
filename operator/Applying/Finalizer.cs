using System.Text.Json.Nodes;
using Kombo.Core.Planning;
using Kombo.Crds;
using Kombo.Kubernetes;

namespace Kombo.Operator.Applying;

/// <summary>The finalizer of Integrations whose data goes with them. Patches of this one entry, refused where the object
/// has changed since it was seen: its list belongs to others too.</summary>
sealed class Finalizer(IKubernetesClient client)
{
    public const string Name = $"{CustomResources.Group}/purge";

    /// <returns>Outdated in any case: the object is another one now.</returns>
    public async Task<Applied> AddAsync(V1Alpha1Integration integration, CancellationToken cancellationToken)
    {
        var list = integration.Metadata.Finalizers;
        var (path, value) = list is { Count: > 0 }
            ? ("/metadata/finalizers/-", (JsonNode)Name) : ("/metadata/finalizers", new JsonArray(Name));
        await PatchAsync(
            integration, new() { ["op"] = "add", ["path"] = path, ["value"] = value }, cancellationToken);
        return new Applied.Outdated();
    }

    /// <summary>Takes it off, if the plan says so.</summary>
    /// <returns>False where the object is another one by now.</returns>
    public async Task<bool> RemoveAsync(V1Alpha1Integration integration, Plan plan, CancellationToken cancellationToken)
    {
        if (!plan.Steps.OfType<Decision.RemoveFinalizer>().Any())
            return true;
        var index = integration.Metadata.Finalizers?.ToList().IndexOf(Name) ?? -1;
        return index < 0 || await PatchAsync(
            integration, new() { ["op"] = "remove", ["path"] = $"/metadata/finalizers/{index}" }, cancellationToken);
    }

    async Task<bool> PatchAsync(
        V1Alpha1Integration integration, JsonObject change, CancellationToken cancellationToken)
    {
        var steps = new JsonArray(Test("uid", integration.Uid()), Test("resourceVersion", integration.ResourceVersion()), change);
        try
        {
            await client.PatchAsync<V1Alpha1Integration>(
                integration.Name(), integration.Namespace(), V1Patch.Json(steps), new PatchOptions(FieldManagers.Operator),
                cancellationToken);
            return true;
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return true; // gone
        }
        catch (KubernetesException exception) when (exception.IsInvalid || exception.IsConflict)
        {
            return false;
        }
    }

    static JsonObject Test(string field, string? value) =>
        new() { ["op"] = "test", ["path"] = $"/metadata/{field}", ["value"] = value };
}
