using System.Globalization;
using System.Text;
using System.Text.Json;
using Kombo.Connectors.Times;
using Kombo.Core.Models;

namespace Kombo.Connectors.Mapping;

/// <summary>Appends a value in the form that the catalog gives it: what the form does not name is left out, what does not
/// fit is refused.</summary>
static class ShapeWriter
{
    const string Instant = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static JsonOutcome Append(CanonicalJson json, in Scalar value, FieldShape shape, DateTimeFormat format)
    {
        if (value.Kind == ScalarKind.Broken)
            return JsonOutcome.Failed(Reason.NotUnicode);
        var isStructure = value.Kind == ScalarKind.Structure;
        return shape.Kind switch
        {
            "any" or "map" => value.Element.ValueKind == JsonValueKind.Undefined
                ? Text(json, value)
                : Written(json.Append(value.Element)),
            "object" => isStructure ? Object(json, value.Element, shape, format) : JsonOutcome.Failed(Reason.NotObject),
            "array" => isStructure ? Array(json, value.Element, shape, format) : JsonOutcome.Failed(Reason.NotArray),
            "oneOf" => OneOf(json, value, shape, format),
            _ when isStructure => JsonOutcome.Failed(Reason.NotValue),
            "text" => value.Kind is ScalarKind.Text or ScalarKind.Number ? Text(json, value) : JsonOutcome.Failed(Reason.NotText),
            "enum" => Enum(json, value, shape),
            "literal" => value.Utf8.SequenceEqual(Encoding.UTF8.GetBytes(shape.Value ?? ""))
                ? Text(json, value)
                : JsonOutcome.Failed(Reason.NoVariant),
            "number" or "integer" => Number(json, value, isWhole: shape.Kind == "integer"),
            "boolean" => Boolean(json, value),
            _ => DayOrTime(json, value, shape.Kind, format),
        };
    }

    static JsonOutcome Written(string? error) => error is null ? JsonOutcome.Written : JsonOutcome.Failed(error);

    static JsonOutcome Text(CanonicalJson json, in Scalar value) =>
        json.TryAppendText(value.Utf8) ? JsonOutcome.Written : JsonOutcome.Failed(Reason.Nul);

    static JsonOutcome Enum(CanonicalJson json, in Scalar value, FieldShape shape)
    {
        foreach (var known in shape.Values)
            if (value.Utf8.SequenceEqual(Encoding.UTF8.GetBytes(known)))
                return Text(json, value);
        return shape.Open ? Text(json, value) : JsonOutcome.Nothing;
    }

    static JsonOutcome Number(CanonicalJson json, in Scalar value, bool isWhole)
    {
        if (!IsNumber(value.Utf8) || (isWhole && value.Utf8.ContainsAny(".eE"u8)))
            return JsonOutcome.Failed(isWhole ? Reason.NotInteger : Reason.NotNumber);
        return Written(json.AppendNumber(value.Utf8));
    }

    static bool IsNumber(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || !(text[0] == (byte)'-' || text[0] is >= (byte)'0' and <= (byte)'9'))
            return false;
        var reader = new Utf8JsonReader(text);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.BytesConsumed == text.Length && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static JsonOutcome Boolean(CanonicalJson json, in Scalar value)
    {
        if (!value.Utf8.SequenceEqual("true"u8) && !value.Utf8.SequenceEqual("false"u8))
            return JsonOutcome.Failed(Reason.NotBoolean);
        json.Append(value.Utf8);
        return JsonOutcome.Written;
    }

    static JsonOutcome DayOrTime(CanonicalJson json, in Scalar value, string kind, DateTimeFormat format)
    {
        var culture = CultureInfo.InvariantCulture;
        var text = kind switch
        {
            "date" => Rfc3339.TryParseDay(value.Utf8, out var day) ? day.ToString("yyyy-MM-dd", culture) : null,
            "time" => Rfc3339.TryParseTime(value.Utf8, out var time) ? time.ToString("HH:mm:ss", culture) : null,
            _ => format.TryParse(value.Utf8, out var instant) ? instant.UtcDateTime.ToString(Instant, culture) : null,
        };
        if (text is null)
            return JsonOutcome.Failed(kind == "date" ? Reason.NotDate : kind == "time" ? Reason.NotTime : Reason.NotDateTime);
        json.TryAppendText(Encoding.UTF8.GetBytes(text));
        return JsonOutcome.Written;
    }

    static JsonOutcome Object(CanonicalJson json, JsonElement element, FieldShape shape, DateTimeFormat format)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return JsonOutcome.Failed(Reason.NotObject);
        json.Append("{"u8);
        var isFirst = true;
        foreach (var field in shape.Fields.OrderBy(field => field.Name, StringComparer.Ordinal))
        {
            var before = json.Length;
            var name = Encoding.UTF8.GetBytes(field.Name ?? "");
            json.AppendKey(name, isFirst);
            var outcome = JsonText.TryGet(element, name, out var child)
                ? Element(json, child, field, format)
                : JsonOutcome.Nothing;
            if (outcome.Error is { } error)
                return JsonOutcome.Failed($"{field.Name}: {error}");
            if (outcome.HasValue || field is { Nullable: true, Optional: false })
                isFirst = false;
            else if (!field.Nullable && !field.Optional)
                return JsonOutcome.Failed($"{field.Name}: {Reason.Missing}");
            else
                json.Truncate(before);
            if (!outcome.HasValue && !isFirst && json.Length > before)
                json.Append("null"u8);
        }

        json.Append("}"u8);
        return JsonOutcome.Written;
    }

    static JsonOutcome Array(CanonicalJson json, JsonElement element, FieldShape shape, DateTimeFormat format)
    {
        if (element.ValueKind != JsonValueKind.Array)
            return JsonOutcome.Failed(Reason.NotArray);
        json.Append("["u8);
        var isFirst = true;
        foreach (var item in element.EnumerateArray())
        {
            var before = json.Length;
            if (!isFirst)
                json.Append(","u8);
            var outcome = Element(json, item, shape.Item ?? new FieldShape("any"), format);
            if (outcome.Error is not null)
                return outcome;
            if (!outcome.HasValue)
                json.Truncate(before);
            isFirst &= !outcome.HasValue;
        }

        json.Append("]"u8);
        return JsonOutcome.Written;
    }

    static JsonOutcome OneOf(CanonicalJson json, in Scalar value, FieldShape shape, DateTimeFormat format)
    {
        var before = json.Length;
        foreach (var variant in shape.Variants)
        {
            var outcome = Append(json, value, variant, format);
            if (outcome.Error is null)
                return outcome;
            json.Truncate(before);
        }

        return JsonOutcome.Failed(Reason.NoVariant);
    }

    static JsonOutcome Element(CanonicalJson json, JsonElement element, FieldShape shape, DateTimeFormat format)
    {
        var value = Scalar.Of(element, new Scratch());
        return value.Kind == ScalarKind.Missing ? JsonOutcome.Nothing : Append(json, value, shape, format);
    }
}
