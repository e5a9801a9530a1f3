using System.Globalization;
using System.Text.Json.Nodes;
using Kombo.Kubernetes;

namespace Kombo.Standalone.Cluster;

/// <summary>The objects of all kinds, their versions and their history. Every member is to be called under
/// <see cref="Gate"/>.</summary>
internal sealed class ClusterStore(int historyLength)
{
    readonly Dictionary<(string Group, string Plural), ClusterKind> kinds =
        ClusterKind.BuiltIn.ToDictionary(kind => (kind.Group, kind.Plural));

    readonly Dictionary<(string Group, string Plural), Dictionary<NamespacedName, StoredObject>> tables = [];

    public Lock Gate { get; } = new();

    public WatchLog Log { get; } = new(historyLength);

    /// <summary>The newest version of anything.</summary>
    public long Version { get; private set; } = 1;

    /// <summary>After every change, still under the lock.</summary>
    public event Action<LogEntry>? Changed;

    public void AddKind(ClusterKind kind) => kinds[(kind.Group, kind.Plural)] = kind;

    public ClusterKind KindOf(string group, string plural) => kinds.TryGetValue((group, plural), out var kind)
        ? kind
        : throw Failures.UnknownKind($"{plural}.{group}");

    public ClusterKind? FindKind(string groupVersion, string name) =>
        kinds.Values.FirstOrDefault(kind => kind.GroupVersion == groupVersion && kind.Kind == name);

    public StoredObject? Find(ClusterKind kind, NamespacedName key) => TableOf(kind).GetValueOrDefault(key);

    public StoredObject Get(ClusterKind kind, NamespacedName key) =>
        Find(kind, key) ?? throw Failures.NotFound(kind, key.Name);

    public IEnumerable<StoredObject> List(ClusterKind kind, string? namespaceName) =>
        TableOf(kind).Values.Where(stored => namespaceName is null || stored.Key.Namespace == namespaceName);

    public IEnumerable<StoredObject> All() => tables.Values.SelectMany(table => table.Values);

    /// <summary>Stores a new version; the JSON is the store's from now on.</summary>
    public StoredObject Put(StoredObject? before, StoredObject after)
    {
        after.Metadata["resourceVersion"] = Next();
        TableOf(after.Kind)[after.Key] = after;
        Publish(new LogEntry(Version, before, after, after));
        return after;
    }

    /// <summary>Only who owns the fields changed: no new version.</summary>
    public void SetFields(StoredObject stored, ManagedFields fields) =>
        TableOf(stored.Kind)[stored.Key] = stored with { Fields = fields };

    public void Remove(StoredObject stored)
    {
        TableOf(stored.Kind).Remove(stored.Key);
        var last = stored with { Json = stored.Json.DeepClone().AsObject() };
        last.Metadata["resourceVersion"] = Next();
        Publish(new LogEntry(Version, stored, After: null, last));
    }

    /// <summary>Takes over what an earlier process had, version and all.</summary>
    public void Restore(ClusterKind kind, JsonObject json, ManagedFields? fields = null)
    {
        var stored = new StoredObject(kind, json, fields ?? ManagedFields.None);
        Version = Math.Max(Version, stored.Version);
        TableOf(kind)[stored.Key] = stored;
        Log.Compact(Version);
        Changed?.Invoke(new LogEntry(Version, Before: null, stored, stored)); // it may have a time to live
    }

    void Publish(LogEntry entry)
    {
        Log.Add(entry);
        Changed?.Invoke(entry);
    }

    string Next() => (++Version).ToString(CultureInfo.InvariantCulture);

    Dictionary<NamespacedName, StoredObject> TableOf(ClusterKind kind)
    {
        if (!tables.TryGetValue((kind.Group, kind.Plural), out var table))
            tables.Add((kind.Group, kind.Plural), table = []);
        return table;
    }
}
