using System.Globalization;
using System.Text.Json.Nodes;
using Kombo.Kubernetes;

namespace Kombo.Standalone.Cluster;

/// <summary>Deletion with all that follows: finalizers, dependents, the content of a namespace. Called under the
/// store's lock.</summary>
internal sealed class ObjectDeleter(ClusterStore store, TimeProvider clock)
{
    public void Delete(ClusterKind kind, NamespacedName key, DeleteOptions options)
    {
        var stored = store.Get(kind, key);
        if (options.Uid is { } uid && uid != stored.Uid)
            throw Failures.Conflict(
                kind, key.Name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {stored.Uid}");
        if (options.ResourceVersion is { } version && version != stored.Version.ToString(CultureInfo.InvariantCulture))
            throw Failures.Conflict(kind, key.Name, $"Precondition failed: resourceVersion in precondition: {version}");
        if (options.Propagation == PropagationPolicy.Orphan)
            ReleaseDependents(stored.Uid);
        if (options.Propagation == PropagationPolicy.Foreground)
            stored = WithFinalizer(stored);
        Delete(stored);
        if (options.Propagation == PropagationPolicy.Foreground)
            DeleteDependents(stored);
    }

    // Kubernetes API concepts, cascading deletion: its dependents first, then whatever else holds it.
    void DeleteDependents(StoredObject owner)
    {
        foreach (var dependent in DependentsOf(owner.Uid))
            CollectIfOrphaned(dependent);
        ReleaseIfAlone(owner.Uid);
    }

    /// <summary>An object whose owners are all gone, or wait for it to go, goes as well.</summary>
    public void CollectIfOrphaned(StoredObject stored)
    {
        if (stored.Owners.Any() && !stored.Owners.Any(IsPresent))
            Delete(stored);
    }

    /// <summary>Takes an object away that nothing holds any more, then its dependents.</summary>
    public void Remove(StoredObject stored)
    {
        store.Remove(stored);
        foreach (var dependent in DependentsOf(stored.Uid))
            CollectIfOrphaned(dependent);
        foreach (var owner in stored.Owners)
            ReleaseIfAlone(UidOf(owner));
        if (store.Find(store.KindOf("", "namespaces"), new NamespacedName("", stored.Key.Namespace))
            is { IsDeleting: true } home)
            RemoveIfEmpty(home);
    }

    void Delete(StoredObject stored)
    {
        var isNamespace = stored.Kind is { Group: "", Plural: "namespaces" };
        if (!stored.HasFinalizers && !isNamespace)
        {
            Remove(stored);
            return;
        }
        if (stored.IsDeleting)
            return;
        var marked = Mark(stored, isNamespace);
        if (!isNamespace)
            return;
        foreach (var content in store.All().Where(other => other.Key.Namespace == stored.Name).ToList())
        {
            if (store.Find(content.Kind, content.Key) is { } there) // it may have gone with its owner
                Delete(there);
        }
        RemoveIfEmpty(marked);
    }

    StoredObject Mark(StoredObject stored, bool isNamespace)
    {
        var marked = stored with { Json = stored.Json.DeepClone().AsObject() };
        marked.Metadata["deletionTimestamp"] =
            clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        marked.Metadata["deletionGracePeriodSeconds"] = 0L;
        if (stored.Kind.HasGeneration)
            marked.Metadata["generation"] = (stored.Metadata["generation"]?.GetValue<long>() ?? 0) + 1;
        if (isNamespace)
            marked.Json["status"] = new JsonObject { ["phase"] = "Terminating" };
        return store.Put(stored, marked);
    }

    void RemoveIfEmpty(StoredObject home)
    {
        if (store.Find(home.Kind, home.Key) is { HasFinalizers: false } there
            && !store.All().Any(other => other.Key.Namespace == home.Name))
            store.Remove(there);
    }

    void ReleaseDependents(string uid)
    {
        foreach (var dependent in DependentsOf(uid))
        {
            var released = dependent with { Json = dependent.Json.DeepClone().AsObject() };
            var owners = released.Metadata["ownerReferences"]!.AsArray(); // it is a dependent because it has one
            foreach (var owner in owners.Where(owner => owner?["uid"]?.GetValue<string>() == uid).ToList())
                owners.Remove(owner);
            if (owners.Count == 0)
                released.Metadata.Remove("ownerReferences");
            store.Put(dependent, released);
        }
    }

    List<StoredObject> DependentsOf(string uid) => [.. store.All().Where(other => other.IsOwnedBy(uid))];

    bool IsPresent(JsonObject owner) =>
        store.All().Any(other => other.Uid == UidOf(owner) && !other.IsDeletingDependents);

    static string? UidOf(JsonObject owner) => owner["uid"]?.GetValue<string>();

    StoredObject WithFinalizer(StoredObject stored)
    {
        if (stored.Finalizers.Contains(StoredObject.ForegroundDeletion))
            return stored;
        var held = stored with { Json = stored.Json.DeepClone().AsObject() };
        held.Metadata["finalizers"] = new JsonArray([.. stored.Finalizers.Append(StoredObject.ForegroundDeletion)]);
        return store.Put(stored, held);
    }

    void ReleaseIfAlone(string? uid)
    {
        if (store.All().FirstOrDefault(other => other.Uid == uid) is not { IsDeletingDependents: true } owner
            || DependentsOf(owner.Uid).Count > 0)
            return;
        var free = owner with { Json = owner.Json.DeepClone().AsObject() };
        string[] left = [.. owner.Finalizers.Where(name => name != StoredObject.ForegroundDeletion)];
        if (left is [])
            Remove(owner);
        else
        {
            free.Metadata["finalizers"] = new JsonArray([.. left]);
            store.Put(owner, free);
        }
    }
}
