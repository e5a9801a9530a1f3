using System.Text.Json.Nodes;

namespace Kombo.Standalone.Cluster;

/// <summary>RFC 7396.</summary>
internal static class JsonMergePatch
{
    /// <summary>Changes <paramref name="target"/> in place.</summary>
    public static void Apply(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject inner)
            {
                var child = target[name] as JsonObject ?? [];
                if (child.Parent is null)
                    target[name] = child;
                Apply(child, inner);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }
}
