using System.Buffers.Binary;
using System.Text;

namespace Kombo.Core.Records;

/// <summary>Writes the values of one record in Postgres' COPY BINARY form. The caller writes each field of the model
/// once, in catalog order, with the method of its type. Source: PostgreSQL documentation, COPY, "Binary Format", and the
/// send functions of the types.</summary>
public sealed class RowWriter
{
    static readonly DateTimeOffset PostgresEpoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    readonly RowBuffer buffer;

    internal RowWriter(RowBuffer buffer) => this.buffer = buffer;

    /// <summary>Values written for the record that was begun.</summary>
    public int Written { get; private set; }

    internal void Start() => Written = 0;

    public void WriteNull() => Header(-1);

    /// <returns>False if the text holds a NUL or a lone surrogate, which Postgres cannot store; nothing is written then.</returns>
    public bool TryWriteText(ReadOnlySpan<char> text)
    {
        if (text.Contains('\0'))
            return false;
        var offset = buffer.Length;
        var span = buffer.Reserve(4 + StrictUtf8.GetMaxByteCount(text.Length));
        if (System.Text.Unicode.Utf8.FromUtf16(text, span[4..], out _, out var written, replaceInvalidSequences: false)
            != System.Buffers.OperationStatus.Done)
            return false;
        BinaryPrimitives.WriteInt32BigEndian(span, written);
        buffer.Advance(4 + written);
        Written++;
        return buffer.Length > offset;
    }

    /// <returns>False if the text holds a NUL or is no valid UTF-8, which Postgres cannot store; nothing is written then.</returns>
    public bool TryWriteText(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(utf8))
            return false;
        Header(utf8.Length);
        utf8.CopyTo(buffer.Take(utf8.Length));
        return true;
    }

    /// <param name="ascii">Known to be plain ASCII without NUL, e.g. a record id.</param>
    public void WriteAscii(ReadOnlySpan<byte> ascii)
    {
        Header(ascii.Length);
        ascii.CopyTo(buffer.Take(ascii.Length));
    }

    public void WriteBoolean(bool value)
    {
        Header(1);
        buffer.Take(1)[0] = value ? (byte)1 : (byte)0;
    }

    public void WriteInt64(long value)
    {
        Header(8);
        BinaryPrimitives.WriteInt64BigEndian(buffer.Take(8), value);
    }

    /// <summary>timestamptz: microseconds since 2000-01-01 UTC; anything finer is cut off.</summary>
    public void WriteDateTime(DateTimeOffset value)
    {
        Header(8);
        var microseconds = Math.DivRem(value.UtcTicks - PostgresEpoch.Ticks, TimeSpan.TicksPerMicrosecond, out var rest);
        BinaryPrimitives.WriteInt64BigEndian(buffer.Take(8), rest < 0 ? microseconds - 1 : microseconds);
    }

    /// <summary>date: days since 2000-01-01.</summary>
    public void WriteDate(DateOnly value)
    {
        Header(4);
        BinaryPrimitives.WriteInt32BigEndian(buffer.Take(4), value.DayNumber - new DateOnly(2000, 1, 1).DayNumber);
    }

    /// <summary>time: microseconds since midnight.</summary>
    public void WriteTime(TimeOnly value)
    {
        Header(8);
        BinaryPrimitives.WriteInt64BigEndian(buffer.Take(8), value.Ticks / TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>numeric, from a JSON number's own text, so that no digit is lost or invented.</summary>
    /// <returns>False if it is no JSON number or has more digits than Postgres' numeric takes; nothing is written then.</returns>
    public bool TryWriteNumber(ReadOnlySpan<byte> json)
    {
        var offset = buffer.Length;
        Header(0);
        if (!PostgresNumeric.TryWrite(json, buffer))
        {
            buffer.Truncate(offset);
            Written--;
            return false;
        }

        BinaryPrimitives.WriteInt32BigEndian(buffer.At(offset, 4), buffer.Length - offset - 4);
        return true;
    }

    /// <summary>Whether Postgres takes that JSON number inside jsonb: one with a huge exponent is a huge number to it.</summary>
    public static bool IsStorableNumber(ReadOnlySpan<byte> json) => PostgresNumeric.IsStorable(json);

    /// <summary>jsonb. The caller sees to it that equal values have equal text (sorted keys, no white space) and that no
    /// string holds a NUL.</summary>
    public void WriteJson(ReadOnlySpan<byte> utf8)
    {
        Header(utf8.Length + 1);
        var span = buffer.Take(utf8.Length + 1);
        span[0] = 1; // the version of jsonb's binary form
        utf8.CopyTo(span[1..]);
    }

    void Header(int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer.Take(4), length);
        Written++;
    }
}
