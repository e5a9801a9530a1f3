using System.Text.Json;
using System.Text.Json.Nodes;
using Kombo.Crds.Schema;

namespace Kombo.Standalone.Manifests;

/// <summary>What kubectl and the API server would say to an object beside its metadata: the schema's rules, and no
/// field that the schema does not know.</summary>
internal static class SpecCheck
{
    public static IEnumerable<SchemaError> Check(string apiVersion, string kind, JsonObject json) =>
        SchemaValidator.Find(apiVersion, kind) is { } validator
            ? validator.Validate(json).Select(error => Explained(error, validator.Schema))
                .Concat(Unknown(json, validator.Schema, ""))
            : BuiltIn(kind, json);

    // A regular expression tells few people what to write instead.
    static SchemaError Explained(SchemaError error, StructuralSchema schema) =>
        error.Message.Contains("should match", StringComparison.Ordinal)
            && At(schema, error.Field)?.Description is { } description
            ? error with { Message = $"{error.Message}. {description.TrimEnd('.')}" }
            : error;

    static StructuralSchema? At(StructuralSchema schema, string path) => path.Split('.').Aggregate(
        (StructuralSchema?)schema,
        (at, part) =>
        {
            var name = part.Split('[')[0];
            var inner = at?.Properties.GetValueOrDefault(name) ?? at?.AdditionalProperties;
            return part.Contains('[', StringComparison.Ordinal) ? inner?.Items : inner;
        });

    static IEnumerable<SchemaError> Unknown(JsonNode? value, StructuralSchema schema, string path)
    {
        if (value is JsonArray array && schema.Items is { } items)
            return array.Index().SelectMany(item => Unknown(item.Item, items, $"{path}[{item.Index}]"));
        if (value is not JsonObject entity)
            return [];
        return entity.Where(pair => path.Length > 0 || pair.Key != "metadata").SelectMany(pair =>
        {
            var inner = path.Length == 0 ? pair.Key : $"{path}.{pair.Key}";
            return (schema.Properties.GetValueOrDefault(pair.Key) ?? schema.AdditionalProperties) is { } known
                ? Unknown(pair.Value, known, inner)
                : [new SchemaError(inner, "unknown field")];
        });
    }

    static IEnumerable<SchemaError> BuiltIn(string kind, JsonObject json)
    {
        foreach (var (key, value) in json)
        {
            var error = (kind, key) switch
            {
                (_, "apiVersion" or "kind" or "metadata" or "immutable") or ("Secret", "type") => null,
                ("Secret", "stringData") or ("ConfigMap", "data") => Texts(value, key),
                ("Secret", "data") or ("ConfigMap", "binaryData") => Base64(value, key),
                _ => new SchemaError(key, "unknown field"),
            };
            if (error is not null)
                yield return error;
        }
    }

    static SchemaError? Texts(JsonNode? value, string path) => value switch
    {
        null => null,
        JsonObject texts => texts.Where(pair => pair.Value?.GetValueKind() != JsonValueKind.String)
            .Select(pair => new SchemaError($"{path}.{pair.Key}", "Invalid value: must be a text; put it in quotes"))
                .FirstOrDefault(),
        _ => new SchemaError(path, "Invalid value: must be of type object"),
    };

    static bool IsBase64(string text) => Convert.TryFromBase64String(text, new byte[text.Length], out _);

    // The value itself must not be shown.
    static SchemaError? Base64(JsonNode? value, string path) =>
        Texts(value, path) ?? (value as JsonObject ?? [])
            .Where(pair => !IsBase64(pair.Value!.GetValue<string>()))
            .Select(
                pair => new SchemaError(
                    $"{path}.{pair.Key}", "Invalid value: must be Base64; plain text goes into stringData"))
            .FirstOrDefault();
}
