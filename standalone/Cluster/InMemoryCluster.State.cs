using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Cluster;

public sealed partial class InMemoryCluster
{
    const string Owners = "kombo.dev/owners"; // beside the object, in the saved form only

    /// <summary>An object with all that a later process needs to go on with it: uid, version, status, and who owns
    /// which field, without which a later apply would not take away what the manager does not send any more.</summary>
    /// <returns>Null if there is no such object.</returns>
    internal JsonObject? Save<T>(NamespacedName key)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        StoredObject? stored;
        lock (store.Gate)
            stored = store.Find(KindOf<T>(), key);
        if (stored is null)
            return null;
        var saved = stored.Json.DeepClone().AsObject();
        saved[Owners] = new JsonArray([.. stored.Fields.Owners.Select(owner => new JsonObject
        {
            ["name"] = owner.Key.Name,
            ["apply"] = owner.Key.IsApply,
            ["subresource"] = owner.Key.Subresource.ToString(),
            ["fields"] = new JsonArray(
                [.. owner.Value.Order(StringComparer.Ordinal).Select(field => JsonValue.Create(field))]),
        })]);
        return saved;
    }

    /// <summary>Takes over what <see cref="Save{T}"/> returned. A kind that is unknown now is left out.</summary>
    internal void RestoreObject(JsonObject saved)
    {
        var json = saved.DeepClone().AsObject();
        var fields = FieldsOf(json[Owners] as JsonArray ?? []);
        json.Remove(Owners);
        lock (store.Gate)
        {
            if (store.FindKind((string?)json["apiVersion"] ?? "", (string?)json["kind"] ?? "") is { } kind)
                store.Restore(kind, json, fields);
        }
    }

    static ManagedFields FieldsOf(JsonArray owners) => new(owners.OfType<JsonObject>().ToImmutableDictionary(
        owner => new FieldManager(
            (string?)owner["name"] ?? "", (bool?)owner["apply"] == true,
            Enum.Parse<Subresource>((string?)owner["subresource"] ?? "None")),
        owner => (owner["fields"] as JsonArray ?? []).Select(field => (string?)field ?? "").ToImmutableHashSet()));
}
