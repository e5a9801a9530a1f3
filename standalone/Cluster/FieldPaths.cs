using System.Text.Json.Nodes;

namespace Kombo.Standalone.Cluster;

/// <summary>
/// The fields of an object as text: <c>.spec.a</c> for a value, <c>.status.conditions[type="Ready"]</c> for an item of
/// a merged list, <c>.metadata.finalizers["x"]</c> for a member of a set. A map counts through its values, an array
/// that is not merged is one value.
/// </summary>
internal static class FieldPaths
{
    static readonly string[] OwnableMetadata = ["labels", "annotations", "finalizers", "ownerReferences"];

    /// <returns>Each field with its value as JSON; items of merged lists with an empty text.</returns>
    public static Dictionary<string, string> Of(ClusterKind kind, JsonObject entity)
    {
        var fields = new Dictionary<string, string>();
        foreach (var (name, value) in entity)
        {
            if (name == "metadata")
            {
                foreach (var part in OwnableMetadata)
                    Walk(
                        kind, (value as JsonObject)?[part], new Place($".metadata.{part}", $"metadata.{part}"), fields);
            }
            else if (name is not ("apiVersion" or "kind"))
            {
                Walk(kind, value, new Place($".{name}", name), fields);
            }
        }
        return fields;
    }

    static void Walk(ClusterKind kind, JsonNode? node, Place place, Dictionary<string, string> fields)
    {
        switch (node)
        {
            case null:
                break;
            case JsonObject { Count: > 0 } map when !kind.AtomicMaps.Contains(place.Schema):
                foreach (var (name, value) in map)
                    Walk(kind, value, place.Child(name), fields);
                break;
            case JsonArray list when kind.MergedListAt(place.Schema) is { } merged:
                foreach (var item in list)
                {
                    var at = place with { Path = place.Path + KeyOf(item, merged) };
                    fields[at.Path] = "";
                    if (item is JsonObject entry)
                        Walk(kind, entry, at, fields);
                }
                break;
            default:
                fields[place.Path] = node.ToJsonString();
                break;
        }
    }

    /// <summary>What tells an item of a merged list apart, as the end of a path.</summary>
    public static string KeyOf(JsonNode? item, MergedList merged) => merged.Keys.IsEmpty
        ? $"[{item?.ToJsonString()}]"
        : $"[{string.Join(',', merged.Keys.Select(key => $"{key}={(item as JsonObject)?[key]?.ToJsonString()}"))}]";
}

/// <summary>Where in an object: the path with list keys, and without them, as schemas name it.</summary>
internal readonly record struct Place(string Path, string Schema)
{
    public Place Child(string name) => new($"{Path}.{name}", $"{Schema}.{name}");
}
