using System.Text.Json;

namespace Kombo.Kubernetes.Http;

/// <summary>Name and version of an object whose type cannot be read.</summary>
internal static class MetadataPeek
{
    public static (NamespacedName Name, string? Version) Read(ref Utf8JsonReader reader)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("metadata"u8, out var metadata)
            || metadata.ValueKind != JsonValueKind.Object)
            return (new NamespacedName("", ""), null);
        return (new NamespacedName(Text(metadata, "namespace") ?? "", Text(metadata, "name") ?? ""), Text(metadata, "resourceVersion"));
    }

    static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
