using System.Text.Json;
using System.Text.Json.Nodes;
using Kombo.Kubernetes;

namespace Kombo.Standalone.Cluster;

public sealed partial class InMemoryCluster
{
    /// <summary>
    /// What <c>kubectl apply --server-side</c> does with a manifest: the namespace is created if need be, a status is
    /// ignored.
    /// </summary>
    /// <returns>The object as it is stored now.</returns>
    /// <exception cref="KubernetesException">Unknown kind, no name, refused by the schema.</exception>
    public JsonObject ApplyManifest(JsonObject manifest, string fieldManager)
    {
        var kind = KindOf(manifest);
        var metadata = manifest["metadata"] as JsonObject;
        var name = metadata?["name"]?.GetValue<string>()
            ?? throw Failures.BadRequest($"a {kind.Kind} has no metadata.name");
        var namespaceName = kind.IsNamespaced ? metadata["namespace"]?.GetValue<string>() ?? "default" : "";
        if (kind.IsNamespaced)
            EnsureNamespace(namespaceName);
        lock (store.Gate)
        {
            var manager = new FieldManager(fieldManager, IsApply: true, Subresource.None);
            // Through text: numbers of a tree that was made in memory have other types than received ones.
            var received = JsonNode.Parse(manifest.ToJsonString())!.AsObject();
            var stored = writer.Apply(kind, new NamespacedName(namespaceName, name), received, (manager, true));
            return stored.Json.DeepClone().AsObject();
        }
    }

    /// <returns>False: it was not there.</returns>
    public bool DeleteManifest(JsonObject manifest)
    {
        var kind = KindOf(manifest);
        var key = new NamespacedName(
            kind.IsNamespaced ? manifest["metadata"]?["namespace"]?.GetValue<string>() ?? "default" : "",
            manifest["metadata"]?["name"]?.GetValue<string>() ?? "");
        lock (store.Gate)
        {
            if (store.Find(kind, key) is null)
                return false;
            deleter.Delete(kind, key, DeleteOptions.Background);
            return true;
        }
    }

    ClusterKind KindOf(JsonObject manifest)
    {
        var (version, kind) =
            (manifest["apiVersion"]?.GetValue<string>() ?? "", manifest["kind"]?.GetValue<string>() ?? "");
        return store.FindKind(version, kind) ?? throw Failures.UnknownKind($"{version} {kind}");
    }

    StoredObject Patch(
        ClusterKind kind, NamespacedName key, V1Patch patch, (PatchOptions Options, Subresource Subresource) how)
    {
        var content = Parse(patch);
        var manager = new FieldManager(
            how.Options.FieldManager ?? "kombo", patch.Type == V1Patch.PatchType.ApplyPatch, how.Subresource);
        if (how.Options.Force && !manager.IsApply)
            throw Failures.Invalid(kind, key.Name, "force", "Forbidden: may not be specified for non-apply patch");
        switch (patch.Type)
        {
            case V1Patch.PatchType.ApplyPatch:
                if (how.Options.FieldManager is null)
                    throw Failures.BadRequest(
                        "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: "
                        + "is required for apply patch");
                return writer.Apply(kind, key, AsObject(content), (manager, how.Options.Force));
            case V1Patch.PatchType.MergePatch:
                return writer.Update(kind, key, live => Merge(live, AsObject(content)), manager);
            case V1Patch.PatchType.JsonPatch:
                return writer.Update(kind, key, live => Json(kind, key, live, content), manager);
            default:
                throw Failures.UnsupportedPatch($"{patch.Type} is not supported by the in-memory cluster");
        }
    }

    JsonNode Parse(V1Patch patch)
    {
        try
        {
            return JsonNode.Parse(json.Serialize(patch)) ?? throw Failures.BadRequest("the patch is null");
        }
        catch (JsonException exception)
        {
            throw Failures.BadRequest($"the patch is not JSON: {exception.Message}");
        }
    }

    static JsonObject AsObject(JsonNode content) =>
        content as JsonObject ?? throw Failures.BadRequest("the patch is not an object");

    static JsonObject Merge(JsonObject live, JsonObject patch)
    {
        // What the server stamped is no claim of the patch.
        live["metadata"]!.AsObject().Remove("resourceVersion"); // every stored object has metadata
        JsonMergePatch.Apply(live, patch);
        return live;
    }

    static JsonObject Json(ClusterKind kind, NamespacedName key, JsonObject live, JsonNode content)
    {
        try
        {
            JsonPatch.Apply(live, content as JsonArray ?? throw Failures.BadRequest("the patch is not an array"));
            return live;
        }
        catch (JsonPatchException exception)
        {
            throw Failures.Invalid(kind, key.Name, "patch", exception.Message);
        }
    }
}
