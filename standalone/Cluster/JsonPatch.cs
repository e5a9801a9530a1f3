using System.Globalization;
using System.Text.Json.Nodes;

namespace Kombo.Standalone.Cluster;

/// <summary>RFC 6902 on objects and arrays; the document itself stays an object.</summary>
internal static class JsonPatch
{
    /// <summary>Changes <paramref name="target"/> in place.</summary>
    /// <exception cref="JsonPatchException">An operation cannot be done, or a test fails.</exception>
    public static void Apply(JsonObject target, JsonArray patch)
    {
        foreach (var operation in patch.OfType<JsonObject>())
            Apply(target, operation, operation["op"]?.GetValue<string>() ?? "", Text(operation, "path"));
    }

    static void Apply(JsonObject target, JsonObject operation, string name, string path)
    {
        switch (name)
        {
            case "add":
                Add(target, path, operation["value"]?.DeepClone());
                break;
            case "remove":
                Remove(target, path);
                break;
            case "replace":
                Remove(target, path);
                Add(target, path, operation["value"]?.DeepClone());
                break;
            case "copy":
                Add(target, path, Find(target, Text(operation, "from"))?.DeepClone());
                break;
            case "move":
                var moved = Find(target, Text(operation, "from"))?.DeepClone();
                Remove(target, Text(operation, "from"));
                Add(target, path, moved);
                break;
            case "test":
                if (!JsonNode.DeepEquals(Find(target, path), operation["value"]))
                    throw new JsonPatchException($"testing value {path} failed");
                break;
            default:
                throw new JsonPatchException($"unknown operation {name}");
        }
    }

    static string Text(JsonObject operation, string name) =>
        operation[name]?.GetValue<string>() ?? throw new JsonPatchException($"an operation has no {name}");

    static string[] Segments(string path) =>
        [
            .. path.Split('/').Skip(1).Select(part =>
                part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];

    static JsonNode? Find(JsonNode root, string path)
    {
        JsonNode? node = root;
        foreach (var segment in Segments(path))
        {
            node = node switch
            {
                JsonObject map when map.TryGetPropertyValue(segment, out var child) => child,
                JsonArray list when Index(segment, list.Count - 1) is { } index => list[index],
                _ => throw new JsonPatchException($"there is no {path}"),
            };
        }
        return node;
    }

    static (JsonNode Parent, string Last) Parent(JsonNode root, string path)
    {
        var segments = Segments(path);
        if (segments.Length == 0)
            throw new JsonPatchException("the whole document cannot be replaced");
        var parent = Find(root, path[..path.LastIndexOf('/')]);
        return (parent ?? throw new JsonPatchException($"there is no {path}"), segments[^1]);
    }

    static void Add(JsonNode root, string path, JsonNode? value)
    {
        var (parent, last) = Parent(root, path);
        if (parent is JsonObject map)
            map[last] = value;
        else if (parent is JsonArray list && last == "-")
            list.Add(value);
        else if (parent is JsonArray array && Index(last, array.Count) is { } index)
            array.Insert(index, value);
        else
            throw new JsonPatchException($"there is no {path}");
    }

    static void Remove(JsonNode root, string path)
    {
        var (parent, last) = Parent(root, path);
        var isRemoved = parent switch
        {
            JsonObject map => map.Remove(last),
            JsonArray list when Index(last, list.Count - 1) is { } index => RemoveAt(list, index),
            _ => false,
        };
        if (!isRemoved)
            throw new JsonPatchException($"there is no {path}");
    }

    static bool RemoveAt(JsonArray list, int index)
    {
        list.RemoveAt(index);
        return true;
    }

    static int? Index(string segment, int max) =>
        int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= max
            ? index
            : null;
}

/// <summary>A JSON patch that does not fit the document.</summary>
internal sealed class JsonPatchException(string message) : Exception(message);
