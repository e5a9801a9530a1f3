using System.Globalization;
using System.Text.Json.Nodes;
using Kombo.Kubernetes;

namespace Kombo.Standalone.Cluster;

/// <summary>One version of an object. Its JSON is shared with watchers and never changed.</summary>
internal sealed record StoredObject(ClusterKind Kind, JsonObject Json, ManagedFields Fields)
{
    /// <summary>Kubernetes' own finalizer of foreground deletion.</summary>
    public const string ForegroundDeletion = "foregroundDeletion";

    public JsonObject Metadata => Json["metadata"]!.AsObject(); // every stored object has them

    public string Name => Text("name") ?? "";

    public NamespacedName Key => new(Text("namespace") ?? "", Name);

    public string Uid => Text("uid") ?? "";

    public long Version => long.Parse(Text("resourceVersion") ?? "0", CultureInfo.InvariantCulture);

    public bool IsDeleting => Metadata["deletionTimestamp"] is not null;

    /// <summary>It goes when what it owns has gone.</summary>
    public bool IsDeletingDependents => IsDeleting && Finalizers.Contains(ForegroundDeletion);

    public bool HasFinalizers => Metadata["finalizers"] is JsonArray { Count: > 0 };

    public IEnumerable<string> Finalizers =>
        (Metadata["finalizers"] as JsonArray ?? []).OfType<JsonValue>().Select(name => name.GetValue<string>());

    public IEnumerable<JsonObject> Owners => (Metadata["ownerReferences"] as JsonArray ?? []).OfType<JsonObject>();

    public bool IsOwnedBy(string uid) => Owners.Any(owner => owner["uid"]?.GetValue<string>() == uid);

    string? Text(string field) => Metadata[field]?.GetValue<string>();
}
