using System.Text.Json.Nodes;

namespace Kombo.Standalone.Manifests;

/// <summary>The merge patch that <c>kubectl apply</c> would send: what the file holds is set, what it held last time
/// and holds no more is removed, what others have set stays.</summary>
internal static class ThreeWayMerge
{
    /// <param name="before">The manifest as it was applied last; null: never.</param>
    /// <returns>Empty when there is nothing to do.</returns>
    public static JsonObject Patch(JsonObject? before, JsonObject wanted, JsonObject live)
    {
        var patch = new JsonObject();
        foreach (var (key, value) in wanted)
        {
            if (value is JsonObject inner && live[key] is JsonObject liveInner)
            {
                var nested = Patch(before?[key] as JsonObject, inner, liveInner);
                if (nested.Count > 0)
                    patch[key] = nested;
            }
            else if (value is not null && !JsonNode.DeepEquals(value, live[key]))
            {
                patch[key] = value.DeepClone();
            }
            else if (value is null && live.ContainsKey(key))
            {
                patch[key] = null; // written as null: the field is to be absent
            }
        }

        foreach (var (key, _) in before ?? [])
            if (!wanted.ContainsKey(key) && live.ContainsKey(key))
                patch[key] = null;
        return patch;
    }
}
