using System.Buffers.Binary;
using System.Buffers.Text;

namespace Kombo.Core.Records;

/// <summary>Postgres' binary numeric: groups of four decimal digits around the decimal point. Source: numeric_send.</summary>
static class PostgresNumeric
{
    const int MostDigits = 1000;

    public static bool IsStorable(ReadOnlySpan<byte> json) =>
        (json.Length <= MostDigits && !json.ContainsAny((byte)'e', (byte)'E')) || TrySplit(json, out _, out _, out _, out _);

    public static bool TryWrite(ReadOnlySpan<byte> json, RowBuffer buffer)
    {
        if (!TrySplit(json, out var negative, out var digits, out var pointAt, out var scale))
            return false;
        // pointAt: how many of the digits stand before the decimal point; may be negative or beyond the end.
        var trimmedStart = 0;
        while (trimmedStart < digits.Length && digits[trimmedStart] == (byte)'0')
            trimmedStart++;
        var end = digits.Length;
        while (end > trimmedStart && digits[end - 1] == (byte)'0')
            end--;
        if (trimmedStart == end)
        {
            WriteHeader(buffer, 0, 0, negative: false, scale);
            return true;
        }

        var first = pointAt - trimmedStart; // digits before the point, counted from the first that is not zero
        var weight = first > 0 ? ((first + 3) / 4) - 1 : -((-first / 4) + 1);
        var lead = ((weight + 1) * 4) - first; // zeros that fill the first group
        var count = (lead + (end - trimmedStart) + 3) / 4;
        WriteHeader(buffer, count, weight, negative, scale);
        var significant = digits[trimmedStart..end];
        for (var group = 0; group < count; group++)
            BinaryPrimitives.WriteInt16BigEndian(buffer.Take(2), Group(significant, (group * 4) - lead));
        return true;
    }

    static short Group(ReadOnlySpan<byte> digits, int from)
    {
        var value = 0;
        for (var i = from; i < from + 4; i++)
            value = (value * 10) + (i >= 0 && i < digits.Length ? digits[i] - (byte)'0' : 0);
        return (short)value;
    }

    static void WriteHeader(RowBuffer buffer, int groups, int weight, bool negative, int scale)
    {
        var header = buffer.Take(8);
        BinaryPrimitives.WriteInt16BigEndian(header, (short)groups);
        BinaryPrimitives.WriteInt16BigEndian(header[2..], (short)weight);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], negative ? (ushort)0x4000 : (ushort)0);
        BinaryPrimitives.WriteInt16BigEndian(header[6..], (short)scale);
    }

    static bool TrySplit(
        ReadOnlySpan<byte> json, out bool negative, out ReadOnlySpan<byte> digits, out int pointAt, out int scale)
    {
        negative = json.Length > 0 && json[0] == (byte)'-';
        digits = default;
        pointAt = scale = 0;
        var rest = negative ? json[1..] : json;
        var exponent = 0;
        var e = rest.IndexOfAny((byte)'e', (byte)'E');
        if (e >= 0 && !TryExponent(rest[(e + 1)..], out exponent))
            return false;
        var mantissa = e >= 0 ? rest[..e] : rest;
        var point = mantissa.IndexOf((byte)'.');
        var whole = point >= 0 ? mantissa[..point] : mantissa;
        var fraction = point >= 0 ? mantissa[(point + 1)..] : default;
        if (whole.Length == 0 || (point >= 0 && fraction.Length == 0) || mantissa.Length > MostDigits
            || whole.ContainsAnyExceptInRange((byte)'0', (byte)'9') || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        var all = new byte[whole.Length + fraction.Length];
        whole.CopyTo(all);
        fraction.CopyTo(all.AsSpan(whole.Length));
        digits = all;
        pointAt = whole.Length + exponent;
        scale = Math.Max(0, fraction.Length - exponent);
        return pointAt <= MostDigits && scale <= MostDigits;
    }

    static bool TryExponent(ReadOnlySpan<byte> text, out int exponent)
    {
        exponent = 0;
        var digits = text.Length > 0 && text[0] is (byte)'+' or (byte)'-' ? text[1..] : text;
        if (!Utf8Parser.TryParse(digits, out int value, out var used) || used != digits.Length || value is < 0 or > MostDigits)
            return false;
        exponent = text[0] == (byte)'-' ? -value : value;
        return true;
    }
}
