using System.Diagnostics.CodeAnalysis;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Informers;

/// <summary>Finds objects by something other than their name.</summary>
/// <param name="Values">Under which values an object is found; none: it is not.</param>
public sealed record Indexer<T>(string Name, Func<T, IEnumerable<string>> Values);

/// <summary>Indexers that any kind can have.</summary>
public static class Indexers
{
    public const string OwnerUid = "ownerUid";

    /// <summary>By the uid of each owner.</summary>
    public static Indexer<T> ByOwnerUid<T>()
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        new(OwnerUid, entity => entity.Metadata.OwnerReferences?.Select(owner => owner.Uid ?? "") ?? []);

    /// <summary>By the value of a label; the name of the index is the key of the label.</summary>
    public static Indexer<T> ByLabel<T>(string key)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        new(key, entity => entity.GetLabel(key) is { } value ? [value] : []);
}

/// <summary>What was last seen of every object of a kind. Objects are shared with all readers: they are immutable.</summary>
public sealed class ObjectStore<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    readonly Lock gate = new();
    readonly Dictionary<NamespacedName, T> objects = [];
    readonly Dictionary<string, (Indexer<T> Indexer, Dictionary<string, HashSet<NamespacedName>> Keys)> indexes;

    internal ObjectStore(IEnumerable<Indexer<T>> indexers) => indexes = indexers.ToDictionary(
        indexer => indexer.Name, indexer => (indexer, new Dictionary<string, HashSet<NamespacedName>>()));

    public int Count
    {
        get
        {
            lock (gate)
                return objects.Count;
        }
    }

    /// <returns>Null: not seen, which does not prove that it is not there.</returns>
    public T? Get(NamespacedName name)
    {
        lock (gate)
            return objects.GetValueOrDefault(name);
    }

    /// <summary>A snapshot, in no order.</summary>
    public IReadOnlyList<T> List()
    {
        lock (gate)
            return [.. objects.Values];
    }

    /// <summary>A snapshot, in no order, of the objects that an indexer files under a value.</summary>
    public IReadOnlyList<T> ByIndex(string index, string value)
    {
        lock (gate)
            return indexes[index].Keys.TryGetValue(value, out var keys) ? [.. keys.Select(key => objects[key])] : [];
    }

    /// <returns>What was there before; null: nothing.</returns>
    internal T? Put(T entity)
    {
        var name = NamespacedName.Of(entity);
        lock (gate)
        {
            var before = TakeOut(name);
            objects[name] = entity;
            foreach (var (indexer, keys) in indexes.Values)
            {
                foreach (var value in indexer.Values(entity))
                    KeysOf(keys, value).Add(name);
            }
            return before;
        }
    }

    internal bool Remove(NamespacedName name, [NotNullWhen(true)] out T? removed)
    {
        lock (gate)
            removed = TakeOut(name);
        return removed is not null;
    }

    /// <param name="namespaceName">Null: every namespace.</param>
    internal IReadOnlyList<NamespacedName> Names(string? namespaceName)
    {
        lock (gate)
            return [.. objects.Keys.Where(name => namespaceName is null || name.Namespace == namespaceName)];
    }

    T? TakeOut(NamespacedName name)
    {
        if (!objects.Remove(name, out var before))
            return null;
        foreach (var (indexer, keys) in indexes.Values)
        {
            foreach (var value in indexer.Values(before))
            {
                if (keys.TryGetValue(value, out var names) && names.Remove(name) && names.Count == 0)
                    keys.Remove(value);
            }
        }
        return before;
    }

    static HashSet<NamespacedName> KeysOf(Dictionary<string, HashSet<NamespacedName>> keys, string value)
    {
        if (!keys.TryGetValue(value, out var names))
            keys.Add(value, names = []);
        return names;
    }
}
