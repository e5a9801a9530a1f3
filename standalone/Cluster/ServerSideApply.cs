using System.Text.Json.Nodes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Cluster;

/// <summary>
/// Server-side apply: a manager states all the fields that it wants. What it stated before and states no more is taken
/// away, unless another manager owns it too; what another manager owns with another value is a conflict, unless forced.
/// </summary>
/// <remarks>Kubernetes documentation, "Server-Side Apply".</remarks>
internal static class ServerSideApply
{
    /// <param name="live">What is stored; not changed.</param>
    /// <param name="config">Only what the endpoint may write.</param>
    public static (JsonObject Result, ManagedFields Fields) Apply(
        StoredObject live, JsonObject config, FieldManager manager, bool force)
    {
        var kind = live.Kind;
        var before = FieldPaths.Of(kind, live.Json);
        var wanted = FieldPaths.Of(kind, config);
        var taken = wanted.Where(field => before.TryGetValue(field.Key, out var old) && old != field.Value)
            .Select(field => field.Key)
            .Where(path => live.Fields.OthersOwning(path, manager).Any())
            .ToHashSet();
        if (taken.Count > 0 && !force)
            throw Failures.ApplyConflict(
                [.. taken.Select(path => Cause(path, live.Fields.OthersOwning(path, manager)))]);

        var result = live.Json.DeepClone().AsObject();
        Merge(kind, result, config, schema: "");
        var left = live.Fields.Of(manager).Except(wanted.Keys)
            .Where(path => !live.Fields.OthersOwning(path, manager).Any())
            .ToHashSet();
        if (left.Count > 0)
            Remove(kind, result, left);
        var fields = live.Fields.AfterApply(
            manager, [.. wanted.Keys], taken, FieldPaths.Of(kind, result).Keys);
        return (result, fields);
    }

    static V1StatusCause Cause(string path, IEnumerable<FieldManager> owners) => new()
    {
        Reason = "FieldManagerConflict",
        Field = path,
        Message = $"conflict with \"{owners.First().Name}\": {path}",
    };

    static void Merge(ClusterKind kind, JsonObject target, JsonObject config, string schema)
    {
        foreach (var (name, value) in config)
        {
            var path = schema.Length == 0 ? name : $"{schema}.{name}";
            switch (value)
            {
                case JsonObject map when target[name] is JsonObject existing && !kind.AtomicMaps.Contains(path):
                    Merge(kind, existing, map, path);
                    break;
                case JsonArray list when target[name] is JsonArray existing && kind.MergedListAt(path) is { } merged:
                    MergeItems(kind, existing, list, (path, merged));
                    break;
                case null:
                    break;
                default:
                    target[name] = value.DeepClone();
                    break;
            }
        }
    }

    static void MergeItems(ClusterKind kind, JsonArray target, JsonArray config, (string Path, MergedList Merged) list)
    {
        foreach (var item in config)
        {
            var key = FieldPaths.KeyOf(item, list.Merged);
            var existing = target.FirstOrDefault(other => FieldPaths.KeyOf(other, list.Merged) == key);
            if (existing is JsonObject old && item is JsonObject wanted)
                Merge(kind, old, wanted, list.Path);
            else if (existing is null)
                target.Add(item?.DeepClone());
        }
    }

    static void Remove(ClusterKind kind, JsonObject root, HashSet<string> left)
    {
        foreach (var (name, value) in root.ToList())
        {
            if (value is not null && RemoveFrom(kind, value, new Place($".{name}", name), left))
                root.Remove(name);
        }
    }

    /// <returns>Whether nothing of the node remains.</returns>
    static bool RemoveFrom(ClusterKind kind, JsonNode node, Place place, HashSet<string> left)
    {
        var isAtomic = kind.AtomicMaps.Contains(place.Schema);
        if (left.Contains(place.Path) && (isAtomic || node is not JsonObject { Count: > 0 }))
            return true;
        switch (node)
        {
            case JsonObject { Count: > 0 } map when !isAtomic:
                foreach (var (name, value) in map.ToList())
                {
                    if (value is not null && RemoveFrom(kind, value, place.Child(name), left))
                        map.Remove(name);
                }
                return map.Count == 0;
            case JsonArray { Count: > 0 } list when kind.MergedListAt(place.Schema) is { } merged:
                foreach (var item in list.ToList())
                {
                    if (RemoveFrom(
                            kind, item!, place with { Path = place.Path + FieldPaths.KeyOf(item, merged) }, left))
                        list.Remove(item);
                }
                return list.Count == 0;
            default:
                return false;
        }
    }
}
