using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Kombo.Connectors.Times;

namespace Kombo.Connectors.Expressions;

/// <summary>Something that can be called in an expression.</summary>
/// <param name="Least">Fewest arguments, the one it is applied to included.</param>
sealed record Function(int Least, int Most, Function.Body Apply)
{
    public delegate Value Body(Value[] arguments, in EvaluationScope scope);
}

/// <summary>The functions, methods and filters of the supported subset; there are no others.</summary>
static class Functions
{
    public static ImmutableSortedDictionary<string, Function> Free { get; } = Table(new()
    {
        ["now_utc"] = new(0, 0, (Value[] _, in EvaluationScope scope) => Value.Of(scope.Now)),
        ["format_datetime"] = new(2, 2, (Value[] a, in EvaluationScope _) => Format(a[0], a[1])),
    });

    public static ImmutableSortedDictionary<string, Function> Methods { get; } = Table(new()
    {
        ["get"] = new(2, 3, (Value[] a, in EvaluationScope _) =>
            ValueRules.Member(a[0], a[1]) is { Kind: not ValueKind.Undefined } found ? found : a.Length > 2 ? a[2] : Value.Null),
        ["strftime"] = new(2, 2, (Value[] a, in EvaluationScope _) => Format(a[0], a[1])),
    });

    public static ImmutableSortedDictionary<string, Function> Filters { get; } = Table(new()
    {
        ["default"] = new(1, 3, (Value[] a, in EvaluationScope _) => Default(a)),
        ["string"] = new(1, 1, (Value[] a, in EvaluationScope _) => Value.Of(a[0].ToString())),
        ["int"] = new(1, 2, (Value[] a, in EvaluationScope _) => Int(a)),
        ["lower"] = new(1, 1, (Value[] a, in EvaluationScope _) => Value.Of(a[0].ToString().ToLowerInvariant())),
        ["upper"] = new(1, 1, (Value[] a, in EvaluationScope _) => Value.Of(a[0].ToString().ToUpperInvariant())),
        ["trim"] = new(1, 1, (Value[] a, in EvaluationScope _) => Value.Of(a[0].ToString().Trim())),
        ["length"] = new(1, 1, (Value[] a, in EvaluationScope _) => Value.Of((decimal)ValueRules.Length(a[0]))),
        ["first"] = new(1, 1, (Value[] a, in EvaluationScope _) => ValueRules.Member(a[0], Value.Of(0m))),
        ["last"] = new(1, 1, (Value[] a, in EvaluationScope _) => ValueRules.Member(a[0], Value.Of(-1m))),
        ["join"] = new(1, 2, (Value[] a, in EvaluationScope _) => Join(a)),
        ["replace"] = new(3, 3, (Value[] a, in EvaluationScope _) => Replace(a)),
        ["base64encode"] = new(1, 1, (Value[] a, in EvaluationScope _) =>
            Value.Of(Convert.ToBase64String(Encoding.UTF8.GetBytes(a[0].ToString())))),
    });

    static ImmutableSortedDictionary<string, Function> Table(Dictionary<string, Function> functions) =>
        functions.ToImmutableSortedDictionary(StringComparer.Ordinal);

    // As in Jinja: for undefined; with a true second argument for everything that counts as false. Null counts as
    // undefined, because JSON has no other way to leave a value out.
    static Value Default(Value[] a)
    {
        var missing = a[0].IsNothing || (a.Length > 2 && ValueRules.IsTrue(a[2]) && !ValueRules.IsTrue(a[0]));
        return !missing ? a[0] : a.Length > 1 ? a[1] : Value.Of("");
    }

    static Value Int(Value[] a)
    {
        if (a[0].Kind == ValueKind.Number)
            return Value.Of(decimal.Truncate(a[0].Number));
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (a[0].Kind == ValueKind.Text && decimal.TryParse(a[0].Text, style, CultureInfo.InvariantCulture, out var number))
            return Value.Of(decimal.Truncate(number));
        return a.Length > 1 ? a[1] : Value.Of(0m);
    }

    static Value Join(Value[] a)
    {
        if (a[0].Kind != ValueKind.Json || a[0].Json.ValueKind != JsonValueKind.Array)
            throw new ExpressionException($"join needs a list, not {ValueRules.Word(a[0])}");
        var separator = a.Length > 1 ? a[1].ToString() : "";
        return Value.Of(string.Join(separator, a[0].Json.EnumerateArray().Select(item => Value.Of(item).ToString())));
    }

    static Value Replace(Value[] a) => a[1].ToString() is { Length: > 0 } old
        ? Value.Of(a[0].ToString().Replace(old, a[2].ToString(), StringComparison.Ordinal))
        : throw new ExpressionException("replace needs a text to replace");

    static Value Format(in Value time, in Value format)
    {
        var pattern = Pattern(format);
        if (time.Kind == ValueKind.Time)
            return Value.Of(pattern.Format(time.Time));
        if (time.Kind == ValueKind.Text && DateTimeFormat.Rfc3339.TryParse(time.Text, out var parsed))
            return Value.Of(pattern.Format(parsed));
        throw new ExpressionException($"{ValueRules.Word(time)} is no time that can be formatted");
    }

    static DateTimeFormat Pattern(in Value format)
    {
        try
        {
            return DateTimeFormat.Parse(format.ToString());
        }
        catch (ExpressionException)
        {
            throw new ExpressionException("a date format is not supported"); // a record may hold it, so it is not quoted
        }
    }
}
