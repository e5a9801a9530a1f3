using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kombo.Crds.Schema;

namespace Kombo.Standalone.Manifests;

/// <summary>The rules of an API server for names, labels and annotations.</summary>
internal static partial class MetadataCheck
{
    public static IEnumerable<SchemaError> Check(JsonObject metadata)
    {
        foreach (var field in (string[])["name", "namespace"])
            if (metadata[field] is { } value && !(IsText(value) && Name().IsMatch(value.GetValue<string>())))
                yield return new SchemaError(
                    $"metadata.{field}",
                    $"Invalid value: {value.ToJsonString()}: lower case letters, digits, '-' or '.' are allowed");
        foreach (var field in (string[])["labels", "annotations"])
            if (metadata[field] is JsonObject texts)
                foreach (var (key, _) in texts.Where(pair => !IsText(pair.Value)))
                    yield return new SchemaError(
                        $"metadata.{field}.{key}", "Invalid value: must be a text; put it in quotes");
            else if (metadata[field] is not null)
                yield return new SchemaError($"metadata.{field}", "Invalid value: must be of type object");
    }

    static bool IsText(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String;

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*\z")]
    private static partial Regex Name();
}
