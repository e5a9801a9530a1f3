using System.Text.Json.Nodes;

namespace Kombo.Kubernetes;

/// <summary>A change to send.</summary>
/// <param name="Content">JSON text, a <see cref="JsonNode"/>, or an object of a type that <see cref="KubernetesJson"/> knows.</param>
public sealed record V1Patch(object Content, V1Patch.PatchType Type)
{
    public enum PatchType
    {
        JsonPatch,
        MergePatch,
        StrategicMergePatch,
        ApplyPatch,
    }

    public static V1Patch Merge(object content) => new(content, PatchType.MergePatch);

    /// <summary>Server-side apply: send every field that the field manager owns, each time.</summary>
    public static V1Patch Apply(object content) => new(content, PatchType.ApplyPatch);

    public static V1Patch Json(object content) => new(content, PatchType.JsonPatch);
}
