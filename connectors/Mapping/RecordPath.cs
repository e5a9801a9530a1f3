using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Kombo.Connectors.Mapping;

enum StepKind
{
    /// <summary>The value of a key.</summary>
    Key,

    /// <summary>An item by its number, from 0.</summary>
    Index,

    /// <summary>The first item whose key has a value.</summary>
    Where,
}

/// <param name="Name">The key, as UTF-8.</param>
/// <param name="Wanted">Where only: the value as text, as UTF-8.</param>
readonly record struct PathStep(StepKind Kind, ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Wanted, int Index);

/// <summary>A place inside a record: <c>name.givenName</c>, <c>['a.b'].c</c>, <c>emails[0].value</c>,
/// <c>emails[type=work].value</c>; <c>.</c> for the value itself, <c>$parent.id</c> for the record around an exploded item.</summary>
sealed class RecordPath
{
    const string ParentPrefix = "$parent";
    readonly PathStep[] steps;
    readonly string text;

    RecordPath(string text, bool isBelowParent, PathStep[] steps) =>
        (this.text, IsBelowParent, this.steps) = (text, isBelowParent, steps);

    public bool IsBelowParent { get; }

    public ImmutableArray<PathStep> Steps => [.. steps];

    /// <summary>Keys only, in order; used for what expressions read.</summary>
    public static RecordPath OfKeys(IEnumerable<string> keys)
    {
        var names = keys.ToArray();
        return new(string.Join('.', names), isBelowParent: false, [.. names.Select(PathParser.KeyStep)]);
    }

    /// <returns>Null and why, if the text is no path.</returns>
    public static RecordPath? Parse(string text, out string? error)
    {
        var isBelowParent = text == ParentPrefix || text.StartsWith(ParentPrefix + ".", StringComparison.Ordinal)
            || text.StartsWith(ParentPrefix + "[", StringComparison.Ordinal);
        var rest = isBelowParent ? text[ParentPrefix.Length..].TrimStart('.') : text;
        var steps = rest is "." or "" && (isBelowParent || rest == ".") ? [] : PathParser.Parse(rest, out error);
        error = steps is not null ? null
            : $"\"{text}\" is no path; paths look like name.givenName, ['a.b'].c, emails[0].value or emails[type=work].value";
        return steps is null ? null : new RecordPath(text, isBelowParent, steps);
    }

    /// <returns>False where there is nothing or null.</returns>
    public bool TryFind(in RecordScope scope, out JsonElement value) =>
        TryFind(IsBelowParent ? scope.Parent : scope.Record, out value);

    public bool TryFind(JsonElement from, out JsonElement value)
    {
        value = from;
        foreach (ref readonly var step in steps.AsSpan())
            if (!TryStep(value, step, out value))
                return false;
        return value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);
    }

    /// <summary>There is nothing at the place, not even null there or on the way to it.</summary>
    public bool IsMissing(JsonElement from)
    {
        foreach (ref readonly var step in steps.AsSpan())
        {
            if (from.ValueKind == JsonValueKind.Null)
                return false;
            if (!TryStep(from, step, out from))
                return true;
        }

        return false;
    }

    public static bool TryStep(JsonElement from, in PathStep step, out JsonElement value)
    {
        value = default;
        if (step.Kind == StepKind.Key)
            return from.ValueKind == JsonValueKind.Object && JsonText.TryGet(from, step.Name.Span, out value);
        if (from.ValueKind != JsonValueKind.Array)
            return false;
        if (step.Kind == StepKind.Index)
        {
            if (step.Index >= from.GetArrayLength())
                return false;
            value = from[step.Index];
            return true;
        }

        foreach (var item in from.EnumerateArray())
            if (item.ValueKind == JsonValueKind.Object
                && JsonText.TryGet(item, step.Name.Span, out var key) && Has(key, step.Wanted.Span))
            {
                value = item;
                return true;
            }

        return false;
    }

    static bool Has(JsonElement value, ReadOnlySpan<byte> wanted) => value.ValueKind switch
    {
        JsonValueKind.String => JsonText.IsText(value, wanted),
        JsonValueKind.True => wanted.SequenceEqual("true"u8),
        JsonValueKind.False => wanted.SequenceEqual("false"u8),
        JsonValueKind.Number => System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(value).SequenceEqual(wanted),
        _ => false,
    };

    public override string ToString() => text;
}

/// <summary>The record that is being mapped.</summary>
/// <param name="Parent">The record around an exploded item; undefined otherwise.</param>
readonly record struct RecordScope(JsonElement Record, JsonElement Parent);

/// <summary>Reads the text of a <see cref="RecordPath"/>.</summary>
static class PathParser
{
    public static PathStep KeyStep(string name) => new(StepKind.Key, Encoding.UTF8.GetBytes(name), default, 0);

    /// <returns>Null if it is none.</returns>
    public static PathStep[]? Parse(string text, out string? error)
    {
        error = null;
        var steps = new List<PathStep>();
        var at = 0;
        while (at < text.Length)
            if (text[at] == '[')
            {
                if (Bracket(text, ref at) is not { } step)
                    return null;
                steps.Add(step);
            }
            else
            {
                if (at > 0 && text[at++] != '.')
                    return null;
                var end = text.AsSpan(at).IndexOfAny('.', '[', ']') is >= 0 and var length ? at + length : text.Length;
                if (end == at)
                    return null;
                steps.Add(KeyStep(text[at..end]));
                at = end;
            }

        return steps.Count > 0 ? [.. steps] : null;
    }

    static PathStep? Bracket(string text, ref int at)
    {
        at++;
        if (at < text.Length && text[at] is '\'' or '"')
            return Quoted(text, ref at) is { } name && at < text.Length && text[at++] == ']' ? KeyStep(name) : null;
        var close = text.IndexOf(']', at);
        if (close < 0)
            return null;
        var inner = text[at..close];
        at = close + 1;
        if (int.TryParse(inner, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            return new PathStep(StepKind.Index, default, default, index);
        var pair = inner.Split('=', 2);
        return pair.Length == 2 && pair[0].Length > 0
            ? new PathStep(StepKind.Where, Encoding.UTF8.GetBytes(pair[0]), Encoding.UTF8.GetBytes(pair[1]), 0)
            : null;
    }

    static string? Quoted(string text, ref int at)
    {
        var quote = text[at++];
        var close = text.IndexOf(quote, at);
        if (close <= at)
            return null;
        var value = text[at..close];
        at = close + 1;
        return value;
    }
}
