using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Kombo.Kubernetes;

namespace Kombo.Standalone.Cluster;

/// <summary>Creates and changes objects by the rules of an API server. Called under the store's lock.</summary>
internal sealed class ObjectWriter(ClusterStore store, ObjectDeleter deleter, InMemoryClusterOptions options)
{
    // What the server alone writes.
    static readonly string[] ServerMetadata =
    [
        "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion",
    ];

    public StoredObject Create(ClusterKind kind, JsonObject body, FieldManager manager)
    {
        var metadata = Metadata(body);
        if (metadata["name"] is null && metadata["generateName"]?.GetValue<string>() is { } prefix)
            metadata["name"] = prefix + RandomNumberGenerator.GetString("bcdfghjklmnpqrstvwxz2456789", 5);
        var key = KeyOf(kind, metadata);
        ObjectChecks.CheckName(kind, key);
        ObjectChecks.CheckNamespace(store, kind, key);
        if (store.Find(kind, key) is not null)
            throw Failures.AlreadyExists(kind, key.Name);
        foreach (var field in ServerMetadata)
            metadata.Remove(field);
        metadata["uid"] = options.NewUid is { } newUid
            ? newUid(kind.Kind, key)
            : Guid.CreateVersion7(options.Clock.GetUtcNow()).ToString();
        metadata["creationTimestamp"] = Now();
        if (kind.HasGeneration)
            metadata["generation"] = 1L;
        if (kind.HasStatus)
            body.Remove("status");
        Stamp(kind, body);
        ObjectChecks.Admit(kind, body);
        var fields = ManagedFields.None.AfterUpdate(
            manager, new Dictionary<string, string>(), FieldPaths.Of(kind, body));
        var created = store.Put(before: null, new StoredObject(kind, body, fields));
        deleter.CollectIfOrphaned(created);
        return created;
    }

    /// <param name="change">Makes the wanted object of a copy of the live one.</param>
    public StoredObject Update(
        ClusterKind kind, NamespacedName key, Func<JsonObject, JsonObject> change, FieldManager manager)
    {
        var live = store.Get(kind, key);
        var wanted = change(live.Json.DeepClone().AsObject());
        ObjectChecks.CheckIdentity(live, wanted, manager.Subresource);
        var candidate = Compose(live, wanted, manager.Subresource);
        ObjectChecks.Admit(kind, candidate);
        var fields = live.Fields.AfterUpdate(manager, FieldPaths.Of(kind, live.Json), FieldPaths.Of(kind, candidate));
        return Finish(live, candidate, fields);
    }

    public StoredObject Apply(
        ClusterKind kind, NamespacedName key, JsonObject config, (FieldManager Manager, bool Force) by)
    {
        var metadata = Metadata(config);
        metadata["name"] = key.Name;
        if (store.Find(kind, key) is not { } live)
        {
            if (by.Manager.Subresource == Subresource.Status)
                throw Failures.NotFound(kind, key.Name);
            if (metadata["uid"] is { } uid)
                throw Failures.Conflict(kind, key.Name,
                    $"uid mismatch: the provided object specified uid {uid}, and no existing object was found");
            if (kind.IsNamespaced)
                metadata["namespace"] = key.Namespace;
            return Create(kind, config, by.Manager);
        }
        ObjectChecks.CheckIdentity(live, config, by.Manager.Subresource);
        if (by.Manager.Subresource == Subresource.Status)
            config = new JsonObject { ["status"] = config["status"]?.DeepClone() };
        else if (kind.HasStatus)
            config.Remove("status");
        var (result, fields) = ServerSideApply.Apply(live, config, by.Manager, by.Force);
        var candidate = Compose(live, result, by.Manager.Subresource);
        ObjectChecks.Admit(kind, candidate);
        return Finish(live, candidate, fields);
    }

    StoredObject Finish(StoredObject live, JsonObject candidate, ManagedFields fields)
    {
        if (JsonNode.DeepEquals(live.Json, candidate))
        {
            // Nobody sees a difference; ownership alone is no new version for our readers.
            store.SetFields(live, fields);
            return live;
        }
        if (live.Kind.HasGeneration && !JsonNode.DeepEquals(Content(live.Json), Content(candidate)))
            // Compose made it
            candidate["metadata"]!["generation"] = (live.Metadata["generation"]?.GetValue<long>() ?? 0) + 1;
        var after = store.Put(live, new StoredObject(live.Kind, candidate, fields));
        if (after.IsDeleting && !after.HasFinalizers)
            deleter.Remove(after);
        return after;
    }

    static JsonObject Compose(StoredObject live, JsonObject wanted, Subresource subresource)
    {
        if (subresource == Subresource.Status)
        {
            var copy = live.Json.DeepClone().AsObject();
            copy["status"] = wanted["status"]?.DeepClone();
            if (copy["status"] is null)
                copy.Remove("status");
            return copy;
        }
        var candidate = wanted.Parent is null ? wanted : wanted.DeepClone().AsObject();
        if (live.Kind.HasStatus)
        {
            candidate.Remove("status");
            if (live.Json["status"] is { } status)
                candidate["status"] = status.DeepClone();
        }
        var metadata = Metadata(candidate);
        metadata.Remove("managedFields");
        foreach (var field in ServerMetadata)
        {
            metadata.Remove(field);
            if (live.Metadata[field] is { } value)
                metadata[field] = value.DeepClone();
        }
        Stamp(live.Kind, candidate);
        return candidate;
    }

    static void Stamp(ClusterKind kind, JsonObject body)
    {
        body["apiVersion"] = kind.GroupVersion;
        body["kind"] = kind.Kind;
    }

    static JsonObject Content(JsonObject json) => new(json
        .Where(pair => pair.Key is not ("metadata" or "status"))
        .Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));

    internal static JsonObject Metadata(JsonObject body)
    {
        if (body["metadata"] is not JsonObject metadata)
            body["metadata"] = metadata = [];
        return metadata;
    }

    static NamespacedName KeyOf(ClusterKind kind, JsonObject metadata) => new(
        kind.IsNamespaced ? metadata["namespace"]?.GetValue<string>() ?? "default" : "",
        metadata["name"]?.GetValue<string>() ?? "");

    string Now() =>
        options.Clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
