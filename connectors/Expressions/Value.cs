using System.Globalization;
using System.Text.Json;

namespace Kombo.Connectors.Expressions;

enum ValueKind
{
    /// <summary>A name or key that is not there; everything below it is undefined too.</summary>
    Undefined,
    Null,
    Boolean,
    Number,
    Text,
    Time,

    /// <summary>A JSON object or array.</summary>
    Json,

    /// <summary>A <see cref="ValueMap"/>.</summary>
    Map,
}

/// <summary>Names with values that are not JSON: settings, headers, links.</summary>
abstract class ValueMap
{
    /// <returns>Undefined where there is none of that name.</returns>
    public abstract Value Find(string name);
}

/// <summary>What an expression evaluates to.</summary>
readonly struct Value
{
    readonly object? reference;
    readonly decimal number;
    readonly JsonElement json;

    Value(ValueKind kind, object? reference = null, decimal number = 0, JsonElement json = default) =>
        (Kind, this.reference, this.number, this.json) = (kind, reference, number, json);

    public ValueKind Kind { get; }

    public static Value Undefined => default;

    public static Value Null { get; } = new(ValueKind.Null);

    public bool IsNothing => Kind is ValueKind.Undefined or ValueKind.Null;

    public bool Boolean => number != 0;

    public decimal Number => number;

    public string Text => (string?)reference ?? "";

    public DateTimeOffset Time => (DateTimeOffset)(reference ?? default(DateTimeOffset));

    public JsonElement Json => json;

    public ValueMap Map => (ValueMap)(reference ?? throw new InvalidOperationException($"a {Kind} is no map"));

    public static Value Of(bool value) => new(ValueKind.Boolean, number: value ? 1 : 0);

    public static Value Of(decimal value) => new(ValueKind.Number, number: value);

    public static Value Of(string? value) => value is null ? Null : new(ValueKind.Text, value);

    public static Value Of(DateTimeOffset value) => new(ValueKind.Time, value);

    public static Value Of(ValueMap value) => new(ValueKind.Map, value);

    /// <summary>Numbers keep the text that the source wrote, so that an id is not reformatted.</summary>
    public static Value Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined => Undefined,
        JsonValueKind.Null => Null,
        JsonValueKind.True => Of(true),
        JsonValueKind.False => Of(false),
        JsonValueKind.String => Of(TextOf(element)),
        JsonValueKind.Number when element.TryGetDecimal(out var number) =>
            new(ValueKind.Number, element.GetRawText(), number),
        _ => new(ValueKind.Json, json: element),
    };

    static string? TextOf(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            throw new ExpressionException("a text is no valid Unicode");
        }
    }

    /// <summary>As a template prints it: nothing for undefined and null.</summary>
    public override string ToString() => Kind switch
    {
        ValueKind.Undefined or ValueKind.Null => "",
        ValueKind.Boolean => Boolean ? "true" : "false",
        ValueKind.Number => (string?)reference ?? number.ToString(CultureInfo.InvariantCulture),
        ValueKind.Text => Text,
        ValueKind.Time => Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        ValueKind.Json => json.GetRawText(),
        _ => throw new ExpressionException("a whole map cannot be written as text: name one of its keys"),
    };
}
