using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Kombo.Crds.Schema;

/// <summary>Reads an openAPIV3Schema. A keyword that is not evaluated here is refused: none is ignored
/// silently.</summary>
static class SchemaReader
{
    public static StructuralSchema Read(JsonNode node)
    {
        var schema = new StructuralSchema();
        foreach (var (keyword, value) in node.AsObject())
            schema = Apply(
                schema, keyword, value ?? throw new FormatException($"{value?.GetPath() ?? keyword} is empty"));
        return schema;
    }

    static StructuralSchema Apply(StructuralSchema schema, string keyword, JsonNode value) => keyword switch
    {
        "type" => schema with { Type = value.GetValue<string>() },
        "format" => schema with { Format = value.GetValue<string>() },
        "description" => schema with { Description = value.GetValue<string>() },
        "properties" => schema with { Properties = Named(value) },
        "additionalProperties" => schema with { AdditionalProperties = Read(value) },
        "items" => schema with { Items = Read(value) },
        "required" => schema with { Required = Texts(value) },
        "enum" => schema with { Enum = Texts(value) },
        "oneOf" => schema with { OneOf = [.. value.AsArray().Select(item => Read(item!))] },
        "x-kubernetes-list-type" => schema with { ListType = value.GetValue<string>() },
        "x-kubernetes-map-type" => schema with { MapType = value.GetValue<string>() },
        "x-kubernetes-list-map-keys" => schema with { ListMapKeys = Texts(value) },
        "x-kubernetes-validations" =>
            schema with { Rules = [.. value.AsArray().Select(rule => rule!["rule"]!.GetValue<string>())] },
        _ => Bound(schema, keyword, value),
    };

    static StructuralSchema Bound(StructuralSchema schema, string keyword, JsonNode value) => keyword switch
    {
        "pattern" => schema with { Pattern = Expression(value.GetValue<string>()) },
        "minLength" => schema with { MinLength = (int)value.GetValue<long>() },
        "maxLength" => schema with { MaxLength = (int)value.GetValue<long>() },
        "maxItems" => schema with { MaxItems = (int)value.GetValue<long>() },
        "maxProperties" => schema with { MaxProperties = (int)value.GetValue<long>() },
        "minimum" => schema with { Minimum = value.GetValue<long>() },
        "maximum" => schema with { Maximum = value.GetValue<long>() },
        _ => throw new FormatException(
            $"keyword {keyword} at {value.GetPath()} is not evaluated by this validator: add it there first"),
    };

    static ImmutableSortedDictionary<string, StructuralSchema> Named(JsonNode value) =>
        value.AsObject()
            .ToImmutableSortedDictionary(pair => pair.Key, pair => Read(pair.Value!), StringComparer.Ordinal);

    static ImmutableArray<string> Texts(JsonNode value) =>
        [.. value.AsArray().Select(item => item!.GetValue<string>())];

    // In Go, $ is the end of the text; in .NET a line feed may follow. Linear time as there.
    static Regex Expression(string pattern) =>
        new(
            pattern.EndsWith('$') ? $"{pattern[..^1]}\\z" : pattern,
            RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
