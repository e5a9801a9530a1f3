using System.Text.Json;

namespace Kombo.Connectors.Mapping;

enum ScalarKind
{
    /// <summary>Nothing or null.</summary>
    Missing,
    Text,
    Number,
    True,
    False,

    /// <summary>An object or an array.</summary>
    Structure,

    /// <summary>A text that is no valid Unicode.</summary>
    Broken,
}

/// <summary>A value of a record on its way into a column.</summary>
/// <param name="utf8">A text without quotes and escapes, a number as it is written, true or false.</param>
/// <param name="element">Undefined where the value was computed.</param>
readonly ref struct Scalar(ScalarKind kind, ReadOnlySpan<byte> utf8, JsonElement element)
{
    public ScalarKind Kind { get; } = kind;
    public ReadOnlySpan<byte> Utf8 { get; } = utf8;
    public JsonElement Element { get; } = element;

    public static Scalar Missing => default;

    public static Scalar OfText(ReadOnlySpan<byte> utf8) => new(ScalarKind.Text, utf8, default);

    public static Scalar Of(JsonElement element, Scratch scratch) => element.ValueKind switch
    {
        JsonValueKind.String => JsonText.TryUnescape(element, scratch, out var text)
            ? new(ScalarKind.Text, text, element)
            : new(ScalarKind.Broken, default, element),
        JsonValueKind.Number => new(ScalarKind.Number, System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element), element),
        JsonValueKind.True => new(ScalarKind.True, "true"u8, element),
        JsonValueKind.False => new(ScalarKind.False, "false"u8, element),
        JsonValueKind.Object or JsonValueKind.Array => new(ScalarKind.Structure, default, element),
        _ => Missing,
    };
}

/// <summary>Room for values that must be rewritten; overwritten by the next one.</summary>
sealed class Scratch
{
    byte[] bytes = new byte[1024];

    public Span<byte> Take(int length)
    {
        if (bytes.Length < length)
            bytes = new byte[Math.Max(length, bytes.Length * 2)];
        return bytes.AsSpan(0, length);
    }
}

/// <summary>Texts inside JSON.</summary>
static class JsonText
{
    /// <summary>A member of an object, the last of that name. Keys that are no valid Unicode are none that anybody can ask
    /// for; they are passed over, where <see cref="JsonElement"/> throws.</summary>
    public static bool TryGet(JsonElement from, ReadOnlySpan<byte> name, out JsonElement value)
    {
        try
        {
            return from.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException)
        {
            return TryGetReadable(from, name, out value);
        }
    }

    static bool TryGetReadable(JsonElement from, ReadOnlySpan<byte> name, out JsonElement value)
    {
        (value, var found) = (default, false);
        foreach (var property in from.EnumerateObject())
            if (IsNamed(property, name))
                (value, found) = (property.Value, true);
        return found;
    }

    /// <returns>False too where it is no valid Unicode.</returns>
    public static bool IsText(JsonElement element, ReadOnlySpan<byte> utf8)
    {
        try
        {
            return element.ValueEquals(utf8);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    static bool IsNamed(JsonProperty property, ReadOnlySpan<byte> name)
    {
        try
        {
            return property.NameEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The text without quotes and escapes; a slice of the page where it holds none.</summary>
    /// <returns>False if it is no valid Unicode.</returns>
    public static bool TryUnescape(JsonElement element, Scratch scratch, out ReadOnlySpan<byte> text)
    {
        var raw = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element);
        text = raw[1..^1];
        if (!text.Contains((byte)'\\'))
            return System.Text.Unicode.Utf8.IsValid(text);
        var room = scratch.Take(text.Length);
        try
        {
            var reader = new Utf8JsonReader(raw);
            reader.Read();
            text = room[..reader.CopyString(room)];
            return true;
        }
        catch (InvalidOperationException) // lone surrogates, invalid UTF-8
        {
            text = default;
            return false;
        }
    }
}
