using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Kombo.Standalone.Cluster;

/// <summary>Reads a CustomResourceDefinition as far as storing its objects needs it.</summary>
public static class CustomKind
{
    /// <param name="definition">As JSON.</param>
    /// <param name="admit">Enforces the schema.</param>
    public static ClusterKind FromDefinition(JsonObject definition, Admission admit)
    {
        var spec = definition["spec"]!.AsObject(); // a definition without it is refused by kubectl too
        var names = spec["names"]!.AsObject();
        var version = spec["versions"]!.AsArray()
            .Select(version => version!.AsObject())
            .First(version => version["storage"]?.GetValue<bool>() == true);
        var lists = ImmutableDictionary.CreateBuilder<string, MergedList>();
        var atomic = ImmutableHashSet.CreateBuilder<string>();
        if (version["schema"]?["openAPIV3Schema"] is JsonObject schema)
            Collect(schema, path: "", (lists, atomic));
        return new ClusterKind
        {
            Group = Text(spec, "group"),
            Version = Text(version, "name"),
            Kind = Text(names, "kind"),
            Plural = Text(names, "plural"),
            IsNamespaced = Text(spec, "scope") == "Namespaced",
            HasStatus = version["subresources"]?["status"] is not null,
            HasGeneration = true,
            NeedsVersionToReplace = true,
            MergedLists = lists.ToImmutable(),
            AtomicMaps = atomic.ToImmutable(),
            Admit = admit,
        };
    }

    // required by the definition's own schema
    static string Text(JsonObject node, string name) => node[name]!.GetValue<string>();

    static void Collect(
        JsonObject schema, string path,
        (ImmutableDictionary<string, MergedList>.Builder Lists, ImmutableHashSet<string>.Builder Atomic) found)
    {
        if (schema["x-kubernetes-map-type"]?.GetValue<string>() == "atomic")
            found.Atomic.Add(path);
        switch (schema["x-kubernetes-list-type"]?.GetValue<string>())
        {
            case "map":
                found.Lists[path] = new MergedList(
                    [
                        .. (schema["x-kubernetes-list-map-keys"] as JsonArray ?? [])
                            .Select(key => key!.GetValue<string>())]);
                break;
            case "set":
                found.Lists[path] = new MergedList([]);
                break;
        }
        if (schema["items"] is JsonObject items)
            Collect(items, path, found);
        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            if (property is JsonObject child)
                Collect(child, path.Length == 0 ? name : $"{path}.{name}", found);
        }
    }
}
