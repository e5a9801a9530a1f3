using System.Text.Json;
using System.Text.Json.Nodes;
using Kombo.Crds;
using Kombo.Kubernetes.Models;
using Kombo.Standalone.Rendering;

namespace Kombo.Standalone.Commands;

/// <summary>Objects as text, in the form that was asked for. Pure.</summary>
internal static class Objects
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Render(
        GetRequest request, IReadOnlyList<JsonObject> items, DateTimeOffset now) => request.Output switch
        {
            "yaml" or "json" when request.IsWatch =>
                string.Concat(items.Select(item => RenderChange(request, item, now))),
            "yaml" => YamlText.Of(Whole(request, items)),
            "json" => Whole(request, items).ToJsonString(Indented) + "\n",
            _ => Table(request, items, now),
        };

    /// <summary>One more line under a table that was printed before, or a document of its own.</summary>
    public static string RenderChange(GetRequest request, JsonObject item, DateTimeOffset now) => request.Output switch
    {
        "yaml" => "---\n" + YamlText.Of(item),
        "json" => item.ToJsonString() + "\n",
        _ => string.Concat(
            Table(request, [item], now).Split('\n').Skip(1).Select(line => line.Length == 0 ? "" : line + "\n")),
    };

    // As kubectl: one object by name is itself, several are a list.
    static JsonObject Whole(GetRequest request, IReadOnlyList<JsonObject> items) => request.Name is not null
        ? items[0]
        : new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "List",
            ["items"] = new JsonArray([.. items.Select(item => item.DeepClone())]),
        };

    static string Table(GetRequest request, IReadOnlyList<JsonObject> items, DateTimeOffset now)
    {
        var options = new TableOptions(request.Output == "wide", request.Space is null, now);
        return request.Kind.Plural switch
        {
            "integrations" => ObjectTables.Integrations(Typed<V1Alpha1Integration>(items), options),
            "syncschedules" => ObjectTables.Schedules(Typed<V1Alpha1SyncSchedule>(items), options),
            _ => ObjectTables.Jobs(Typed<V1Job>(items), options),
        };
    }

    static IEnumerable<T> Typed<T>(IReadOnlyList<JsonObject> items) =>
        items.Select(item => CustomResources.Json.Deserialize<T>(item));
}
