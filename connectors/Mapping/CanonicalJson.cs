using System.Runtime.InteropServices;
using System.Text.Json;
using Kombo.Core.Records;

namespace Kombo.Connectors.Mapping;

/// <summary>JSON text in one form for equal values: keys in ordinal order, no white space, numbers as the source wrote them.
/// What was appended can be taken back.</summary>
sealed class CanonicalJson
{
    readonly Scratch scratch = new();
    byte[] bytes = new byte[1024];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Text => bytes.AsSpan(0, Length);

    public void Truncate(int length) => Length = length;

    public void Append(ReadOnlySpan<byte> raw)
    {
        Reserve(raw.Length);
        raw.CopyTo(bytes.AsSpan(Length));
        Length += raw.Length;
    }

    /// <returns>False if it holds a NUL, which Postgres cannot store.</returns>
    public bool TryAppendText(ReadOnlySpan<byte> utf8)
    {
        Reserve((utf8.Length * 6) + 2);
        bytes[Length++] = (byte)'"';
        foreach (var letter in utf8)
            switch (letter)
            {
                case 0:
                    return false;
                case (byte)'"' or (byte)'\\':
                    bytes[Length++] = (byte)'\\';
                    bytes[Length++] = letter;
                    break;
                case < 0x20:
                    "\\u00"u8.CopyTo(bytes.AsSpan(Length));
                    bytes[Length + 4] = (byte)(letter >> 4 == 0 ? '0' : '1');
                    bytes[Length + 5] = "0123456789abcdef"u8[letter & 0xF];
                    Length += 6;
                    break;
                default:
                    bytes[Length++] = letter;
                    break;
            }

        bytes[Length++] = (byte)'"';
        return true;
    }

    /// <param name="key">Without a NUL.</param>
    public void AppendKey(ReadOnlySpan<byte> key, bool isFirst)
    {
        if (!isFirst)
            Append(","u8);
        TryAppendText(key);
        Append(":"u8);
    }

    /// <summary>Any value, as it is.</summary>
    /// <returns>Why Postgres could not store it; null if it can.</returns>
    public string? Append(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => AppendObject(element),
        JsonValueKind.Array => AppendArray(element),
        JsonValueKind.String => AppendText(element),
        JsonValueKind.Undefined => AppendRaw("null"u8),
        JsonValueKind.Number => AppendNumber(JsonMarshal.GetRawUtf8Value(element)),
        _ => AppendRaw(JsonMarshal.GetRawUtf8Value(element)),
    };

    string? AppendRaw(ReadOnlySpan<byte> raw)
    {
        Append(raw);
        return null;
    }

    /// <returns>Why Postgres could not store it; null if it can.</returns>
    public string? AppendNumber(ReadOnlySpan<byte> raw) => RowWriter.IsStorableNumber(raw) ? AppendRaw(raw) : Reason.NumberTooLong;

    string? AppendText(JsonElement element) =>
        !JsonText.TryUnescape(element, scratch, out var text) ? Reason.NotUnicode
        : TryAppendText(text) ? null
        : Reason.Nul;

    string? AppendArray(JsonElement element)
    {
        Append("["u8);
        var isFirst = true;
        foreach (var item in element.EnumerateArray())
        {
            if (!isFirst)
                Append(","u8);
            isFirst = false;
            if (Append(item) is { } reason)
                return reason;
        }

        Append("]"u8);
        return null;
    }

    string? AppendObject(JsonElement element)
    {
        Append("{"u8);
        var isFirst = true;
        if (Sorted(element) is not { } members)
            return Reason.KeyNotUnicode;
        foreach (var (name, value) in members)
        {
            if (!isFirst)
                Append(","u8);
            isFirst = false;
            if (!TryAppendText(System.Text.Encoding.UTF8.GetBytes(name)))
                return Reason.Nul;
            Append(":"u8);
            if (Append(value) is { } reason)
                return reason;
        }

        Append("}"u8);
        return null;
    }

    // Of a key that comes twice the last one counts, as everywhere in JSON. Null: a key is no valid Unicode.
    static SortedDictionary<string, JsonElement>? Sorted(JsonElement element)
    {
        var sorted = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        try
        {
            foreach (var property in element.EnumerateObject())
                sorted[property.Name] = property.Value;
            return sorted;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    void Reserve(int more)
    {
        if (bytes.Length - Length < more)
            Array.Resize(ref bytes, Math.Max(bytes.Length * 2, checked(Length + more)));
    }
}

/// <summary>Why a value cannot be stored; none of them quotes it.</summary>
static class Reason
{
    public const string Missing = "is missing";
    public const string Nul = "holds a NUL character, which Postgres cannot store";
    public const string NotUnicode = "is no valid Unicode text";
    public const string KeyNotUnicode = "holds a key that is no valid Unicode text";
    public const string NotText = "is no text";
    public const string NotNumber = "is no number";
    public const string NumberTooLong = "is a number of more digits than are stored";
    public const string NotInteger = "is no whole number";
    public const string NotBoolean = "is neither true nor false";
    public const string NotDateTime = "is no date and time in the declared format";
    public const string NotDate = "is no date";
    public const string NotTime = "is no time of day";
    public const string NotValue = "is no single value";
    public const string NotObject = "is no object";
    public const string NotArray = "is no list";
    public const string NoVariant = "has none of the allowed forms";
}
