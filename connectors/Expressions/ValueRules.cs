using System.Text;
using System.Text.Json;
using Kombo.Connectors.Mapping;

namespace Kombo.Connectors.Expressions;

/// <summary>What operators mean, after Jinja (and so Python).</summary>
static class ValueRules
{
    public static bool IsTrue(in Value value) => value.Kind switch
    {
        ValueKind.Undefined or ValueKind.Null => false,
        ValueKind.Boolean => value.Boolean,
        ValueKind.Number => value.Number != 0,
        ValueKind.Text => value.Text.Length > 0,
        ValueKind.Json => Length(value) > 0,
        _ => true,
    };

    public static bool AreEqual(in Value left, in Value right) => (left.Kind, right.Kind) switch
    {
        (ValueKind.Undefined or ValueKind.Null, ValueKind.Undefined or ValueKind.Null) => true,
        (ValueKind.Boolean, ValueKind.Boolean) => left.Boolean == right.Boolean,
        (ValueKind.Number, ValueKind.Number) => left.Number == right.Number,
        (ValueKind.Text, ValueKind.Text) => left.Text == right.Text,
        (ValueKind.Time, ValueKind.Time) => left.Time == right.Time,
        (ValueKind.Json, ValueKind.Json) => AreSame(left.Json, right.Json),
        _ => false,
    };

    static bool AreSame(JsonElement left, JsonElement right)
    {
        try
        {
            return JsonElement.DeepEquals(left, right);
        }
        catch (InvalidOperationException)
        {
            throw new ExpressionException("a text that is no valid Unicode cannot be compared");
        }
    }

    public static int Compare(in Value left, in Value right) => (left.Kind, right.Kind) switch
    {
        (ValueKind.Number, ValueKind.Number) => left.Number.CompareTo(right.Number),
        (ValueKind.Text, ValueKind.Text) => string.CompareOrdinal(left.Text, right.Text),
        (ValueKind.Time, ValueKind.Time) => left.Time.CompareTo(right.Time),
        _ => throw new ExpressionException($"{Word(left)} and {Word(right)} cannot be compared"),
    };

    public static Value Add(in Value left, in Value right) => (left.Kind, right.Kind) switch
    {
        (ValueKind.Number, ValueKind.Number) => Value.Of(left.Number + right.Number),
        (ValueKind.Text, ValueKind.Text) => Value.Of(left.Text + right.Text),
        _ => throw new ExpressionException($"{Word(left)} and {Word(right)} cannot be added; ~ joins them as text"),
    };

    public static Value Calculate(char symbol, in Value left, in Value right)
    {
        if ((left.Kind, right.Kind) is not (ValueKind.Number, ValueKind.Number))
            throw new ExpressionException($"{symbol} needs two numbers, not {Word(left)} and {Word(right)}");
        if (symbol is '/' or '%' && right.Number == 0)
            throw new ExpressionException("division by zero");
        return Value.Of(symbol switch
        {
            '-' => left.Number - right.Number,
            '*' => left.Number * right.Number,
            '/' => Math.Floor(left.Number / right.Number),
            _ => left.Number - (right.Number * Math.Floor(left.Number / right.Number)),
        });
    }

    /// <summary>A key of an object, an item of an array, a part of a text.</summary>
    public static bool Contains(in Value container, in Value sought)
    {
        if (container.Kind == ValueKind.Text && sought.Kind == ValueKind.Text)
            return container.Text.Contains(sought.Text, StringComparison.Ordinal);
        if (container.Kind == ValueKind.Map && sought.Kind == ValueKind.Text)
            return container.Map.Find(sought.Text).Kind != ValueKind.Undefined;
        if (container.Kind != ValueKind.Json)
            return false;
        if (container.Json.ValueKind == JsonValueKind.Object)
            return sought.Kind == ValueKind.Text && JsonText.TryGet(container.Json, Encoding.UTF8.GetBytes(sought.Text), out _);
        foreach (var item in container.Json.EnumerateArray())
            if (AreEqual(Value.Of(item), sought))
                return true;
        return false;
    }

    /// <summary>Below an object by name, below an array by index (also from its end); undefined where there is nothing.</summary>
    public static Value Member(in Value of, in Value key)
    {
        if (of.Kind == ValueKind.Map && key.Kind == ValueKind.Text)
            return of.Map.Find(key.Text);
        if (of.Kind != ValueKind.Json)
            return Value.Undefined;
        if (of.Json.ValueKind == JsonValueKind.Object)
            return key.Kind == ValueKind.Text && JsonText.TryGet(of.Json, Encoding.UTF8.GetBytes(key.Text), out var member)
                ? Value.Of(member)
                : Value.Undefined;
        var length = of.Json.GetArrayLength();
        if (key.Kind != ValueKind.Number || decimal.Truncate(key.Number) != key.Number)
            return Value.Undefined;
        var index = key.Number < 0 ? length + key.Number : key.Number;
        return index >= 0 && index < length ? Value.Of(of.Json[(int)index]) : Value.Undefined;
    }

    public static int Length(in Value value) => value.Kind switch
    {
        ValueKind.Text => value.Text.Length,
        ValueKind.Json when value.Json.ValueKind == JsonValueKind.Array => value.Json.GetArrayLength(),
        ValueKind.Json => value.Json.GetPropertyCount(),
        ValueKind.Undefined or ValueKind.Null => 0,
        _ => throw new ExpressionException($"{Word(value)} has no length"),
    };

    public static string Word(in Value value) => value.Kind switch
    {
        ValueKind.Undefined => "something that is not there",
        ValueKind.Null => "null",
        ValueKind.Boolean => "a boolean",
        ValueKind.Number => "a number",
        ValueKind.Text => "a text",
        ValueKind.Time => "a time",
        ValueKind.Json when value.Json.ValueKind == JsonValueKind.Array => "a list",
        _ => "an object",
    };
}
