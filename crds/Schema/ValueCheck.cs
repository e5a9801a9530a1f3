using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Kombo.Crds.Schema;

/// <summary>Walks a value along its schema and notes what does not fit.</summary>
sealed partial class ValueCheck(ImmutableArray<SchemaError>.Builder errors)
{
    public void Check(JsonNode? value, StructuralSchema schema, string path)
    {
        if (!HasType(value, schema.Type))
        {
            Add(path, $"must be of type {schema.Type}: \"{NameOfType(value)}\"");
            return;
        }
        switch (value)
        {
            case JsonObject entity:
                CheckObject(entity, schema, path);
                break;
            case JsonArray array:
                CheckArray(array, schema, path);
                break;
            case JsonValue scalar:
                CheckScalar(scalar, schema, path);
                break;
            default:
                break; // null where the schema states no type
        }
    }

    void CheckObject(JsonObject entity, StructuralSchema schema, string path)
    {
        // A null counts as absent: the server takes it away before it validates.
        foreach (var name in schema.Required.Where(name => entity[name] is null))
            errors.Add(new(Join(path, name), "Required value"));
        if (entity.Count > schema.MaxProperties)
            Add(path, $"must have at most {schema.MaxProperties} properties");
        CheckOneOf(entity, schema, path);
        foreach (var (name, value) in entity)
        {
            if (value is null || (path.Length == 0 && name == "metadata"))
                continue; // metadata have a schema of their own on the server
            if ((schema.Properties.GetValueOrDefault(name) ?? schema.AdditionalProperties) is { } known)
                Check(value, known, Join(path, name));
        }
    }

    void CheckOneOf(JsonObject entity, StructuralSchema schema, string path)
    {
        if (schema.OneOf.IsEmpty)
            return;
        var holding = schema.OneOf.Count(alternative =>
        {
            var inner = ImmutableArray.CreateBuilder<SchemaError>();
            new ValueCheck(inner).Check(entity, alternative, path);
            return inner.Count == 0;
        });
        if (holding == 1)
            return;
        var alternatives = string.Join(" and ", schema.OneOf.SelectMany(alternative => alternative.Required));
        Add(path, $"must validate one and only one schema (oneOf), exactly one of {alternatives}; found {holding}");
    }

    void CheckArray(JsonArray array, StructuralSchema schema, string path)
    {
        if (array.Count > schema.MaxItems)
            Add(path, $"must have at most {schema.MaxItems} items");
        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < array.Count; i++)
        {
            if (schema.Items is { } items)
                Check(array[i], items, $"{path}[{i}]");
            if (KeyOf(array[i], schema) is { } key && !keys.Add(key))
                Add($"{path}[{i}]", $"Duplicate value: {key}");
        }
    }

    static string? KeyOf(JsonNode? item, StructuralSchema schema) => schema.ListType switch
    {
        "set" => item?.ToJsonString() ?? "null",
        "map" when item is JsonObject entity =>
            string.Join(',', schema.ListMapKeys.Select(key => entity[key]?.ToJsonString() ?? "null")),
        _ => null,
    };

    void CheckScalar(JsonValue value, StructuralSchema schema, string path)
    {
        if (schema.Type == "string")
            CheckText(value.GetValue<string>(), schema, path);
        else if (schema.Type is "integer" or "number")
            CheckNumber(Number(value), schema, path);
    }

    void CheckText(string text, StructuralSchema schema, string path)
    {
        var length = text.EnumerateRunes().Count(); // the server counts code points
        if (length < schema.MinLength)
            Add(path, $"should be at least {schema.MinLength} chars long");
        if (length > schema.MaxLength)
            Add(path, $"may not be longer than {schema.MaxLength}");
        if (schema.Pattern is { } pattern && !pattern.IsMatch(text))
            Add(path, $"should match '{pattern.ToString().Replace("\\z", "$", StringComparison.Ordinal)}'");
        if (!schema.Enum.IsEmpty && !schema.Enum.Contains(text))
            Add(path, $"Unsupported value: \"{text}\": supported values: \"{string.Join("\", \"", schema.Enum)}\"");
        if (schema.Format == "date-time" && !IsTime(text))
            Add(path, "must be of type date-time (RFC 3339)");
    }

    void CheckNumber(double number, StructuralSchema schema, string path)
    {
        if (number < schema.Minimum)
            Add(path, $"should be greater than or equal to {schema.Minimum}");
        if (number > schema.Maximum)
            Add(path, $"should be less than or equal to {schema.Maximum}");
    }

    void Add(string path, string message) => errors.Add(new(path, $"Invalid value: {message}"));

    static bool IsTime(string text) =>
        RfcTime().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    [GeneratedRegex(
        @"\A[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})\z")]
    private static partial Regex RfcTime();

    static bool HasType(JsonNode? value, string? type) => type switch
    {
        null => true,
        "integer" => value is JsonValue number && number.GetValueKind() == JsonValueKind.Number
            && double.IsInteger(Number(number)),
        _ => NameOfType(value) == type || (type == "number" && NameOfType(value) == "integer"),
    };

    static string NameOfType(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => double.IsInteger(Number(value.AsValue())) ? "integer" : "number",
        _ => "null",
    };

    // Values come from a parser or from code, so their type in memory differs; their text does not.
    static double Number(JsonValue value) => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);

    static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
