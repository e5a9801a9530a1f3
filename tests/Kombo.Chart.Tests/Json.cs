using System.Text.Json.Nodes;

namespace Kombo.Chart.Tests;

/// <summary>Looking into manifests.</summary>
static class Json
{
    /// <returns>Null where nothing is.</returns>
    public static JsonNode? At(this JsonNode? node, params string[] path) => path.Aggregate(node, (at, key) => at?[key]);

    public static string? Text(this JsonNode? node, params string[] path) => node.At(path)?.ToString();

    /// <returns>Empty where there is no list.</returns>
    public static IEnumerable<JsonNode> Items(this JsonNode? node, params string[] path) =>
        (node.At(path) as JsonArray ?? []).OfType<JsonNode>();

    public static IEnumerable<string> Texts(this JsonNode? node, params string[] path) =>
        node.Items(path).Select(item => item.ToString());

    public static JsonNode Find(this IEnumerable<JsonNode> objects, string kind, string name) =>
        objects.Where(each => each.Text("kind") == kind && each.Text("metadata", "name") == name)
            .ShouldHaveSingleItem($"{kind} {name}");

    /// <summary>Of everything that runs: pods, and the templates of Jobs and Deployments.</summary>
    public static IEnumerable<(string Name, JsonNode Spec)> Pods(this IEnumerable<JsonNode> objects) =>
        from each in objects
        let spec = each.Text("kind") == "Pod" ? each["spec"] : each.At("spec", "template", "spec")
        where spec is not null
        select ($"{each.Text("kind")} {each.Text("metadata", "name")}", spec);
}
