using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Kombo.Connectors.Times;

/// <summary>A date and time format in strftime's letters as Airbyte's manifests use them, for reading and writing. A format
/// without a zone means UTC.</summary>
sealed class DateTimeFormat
{
    // Longest first: %ms is not %m and an s.
    static readonly (string Letters, Part Part)[] Known =
    [
        ("%epoch_microseconds", Part.EpochMicroseconds), ("%s_as_float", Part.EpochSeconds), ("%_ms", Part.Milliseconds),
        ("%ms", Part.EpochMilliseconds), ("%s", Part.EpochSeconds), ("%Y", Part.Year), ("%m", Part.Month), ("%d", Part.Day),
        ("%H", Part.Hour), ("%M", Part.Minute), ("%S", Part.Second), ("%f", Part.Fraction), ("%z", Part.Offset),
    ];

    readonly ImmutableArray<(Part Part, byte Letter)> parts;

    DateTimeFormat(ImmutableArray<(Part, byte)> parts) => this.parts = parts;

    enum Part
    {
        Letter,
        Year,
        Month,
        Day,
        Hour,
        Minute,
        Second,
        Fraction,
        Milliseconds,
        Offset,
        EpochSeconds,
        EpochMilliseconds,
        EpochMicroseconds,
    }

    /// <summary>Any of RFC 3339's spellings is read; UTC with seven digits of a second is written.</summary>
    public static DateTimeFormat Rfc3339 { get; } = new([]);

    /// <param name="format">E.g. <c>%Y-%m-%dT%H:%M:%SZ</c> or <c>%s</c>; or rfc3339, epoch_seconds, epoch_milliseconds.</param>
    /// <exception cref="Expressions.ExpressionException">A letter is not supported.</exception>
    public static DateTimeFormat Parse(string format)
    {
        if (format is "rfc3339" or "%+")
            return Rfc3339;
        var text = format switch { "epoch_seconds" => "%s", "epoch_milliseconds" => "%ms", _ => format };
        var parts = ImmutableArray.CreateBuilder<(Part, byte)>();
        for (var at = 0; at < text.Length;)
        {
            var (letters, part) = Array.Find(
                Known, known => string.CompareOrdinal(text, at, known.Letters, 0, known.Letters.Length) == 0);
            if (letters is null && (text[at] > '~' || (text[at] == '%' && (at + 1 >= text.Length || text[at + 1] != '%'))))
                throw new Expressions.ExpressionException($"the date format \"{format}\" holds letters that are not supported; "
                    + $"supported are: {string.Join(" ", Known.Select(known => known.Letters).Order(StringComparer.Ordinal))}");
            parts.Add((part, (byte)text[at]));
            at += letters?.Length ?? (text[at] == '%' ? 2 : 1);
        }

        return parts.Count > 0
            ? new DateTimeFormat(parts.ToImmutable())
            : throw new Expressions.ExpressionException("a date format is empty");
    }

    public bool TryParse(string text, out DateTimeOffset value) => TryParse(Encoding.UTF8.GetBytes(text), out value);

    public bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset value)
    {
        if (parts.IsEmpty)
            return Times.Rfc3339.TryParse(text, out value);
        value = default;
        var reader = new DigitReader(text);
        var read = new Fields { Year = 1, Month = 1, Day = 1 };
        foreach (var (part, letter) in parts)
            if (!TryRead(ref reader, part, letter, ref read))
                return false;
        if (!reader.IsAtEnd)
            return false;
        if (read.Epoch is { } epoch)
            return TryEpoch(epoch, out value);
        return DigitReader.IsDay(read.Year, read.Month, read.Day) && read is { Hour: < 24, Minute: < 60, Second: < 60 }
            && Times.Rfc3339.TryMake(new DateOnly(read.Year, read.Month, read.Day),
                new TimeSpan(read.Hour, read.Minute, read.Second) + TimeSpan.FromTicks(read.Ticks), read.Offset, out value);
    }

    public string Format(DateTimeOffset value)
    {
        var utc = value.ToUniversalTime();
        if (parts.IsEmpty)
            return utc.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
        var text = new StringBuilder();
        foreach (var (part, letter) in parts)
            Append(text, part, letter, utc);
        return text.ToString();
    }

    static void Append(StringBuilder text, Part part, byte letter, DateTimeOffset utc) => _ = part switch
    {
        Part.Year => text.Append(CultureInfo.InvariantCulture, $"{utc.Year:0000}"),
        Part.Month => text.Append(CultureInfo.InvariantCulture, $"{utc.Month:00}"),
        Part.Day => text.Append(CultureInfo.InvariantCulture, $"{utc.Day:00}"),
        Part.Hour => text.Append(CultureInfo.InvariantCulture, $"{utc.Hour:00}"),
        Part.Minute => text.Append(CultureInfo.InvariantCulture, $"{utc.Minute:00}"),
        Part.Second => text.Append(CultureInfo.InvariantCulture, $"{utc.Second:00}"),
        Part.Fraction => text.Append(CultureInfo.InvariantCulture, $"{utc.Ticks % TimeSpan.TicksPerSecond / 10:000000}"),
        Part.Milliseconds => text.Append(CultureInfo.InvariantCulture, $"{utc.Millisecond:000}"),
        Part.Offset => text.Append("+0000"),
        Part.EpochSeconds => text.Append(utc.ToUnixTimeSeconds()),
        Part.EpochMilliseconds => text.Append(utc.ToUnixTimeMilliseconds()),
        Part.EpochMicroseconds => text.Append((utc - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond),
        _ => text.Append((char)letter),
    };

    static bool TryRead(ref DigitReader reader, Part part, byte letter, ref Fields read) => part switch
    {
        Part.Year => reader.TryNumber(4, out read.Year),
        Part.Month => reader.TryNumber(2, out read.Month),
        Part.Day => reader.TryNumber(2, out read.Day),
        Part.Hour => reader.TryNumber(2, out read.Hour),
        Part.Minute => reader.TryNumber(2, out read.Minute),
        Part.Second => reader.TryNumber(2, out read.Second),
        Part.Fraction or Part.Milliseconds => reader.TryFraction(out read.Ticks),
        Part.Offset => reader.TryOffset(out read.Offset),
        Part.EpochSeconds => TryEpoch(ref reader, TimeSpan.TicksPerSecond, ref read),
        Part.EpochMilliseconds => TryEpoch(ref reader, TimeSpan.TicksPerMillisecond, ref read),
        Part.EpochMicroseconds => TryEpoch(ref reader, TimeSpan.TicksPerMicrosecond, ref read),
        _ => reader.TrySkip(letter),
    };

    static bool TryEpoch(ref DigitReader reader, long unit, ref Fields read)
    {
        if (!reader.TryWhole(out var value) || Int128.Abs((Int128)value * unit) > DateTime.MaxValue.Ticks)
            return false;
        read.Epoch = value * unit;
        return true;
    }

    static bool TryEpoch(long sinceEpoch, out DateTimeOffset value) =>
        Times.Rfc3339.TryMake(new DateOnly(1970, 1, 1), TimeSpan.FromTicks(sinceEpoch), TimeSpan.Zero, out value);

    struct Fields
    {
        public int Year;
        public int Month;
        public int Day;
        public int Hour;
        public int Minute;
        public int Second;
        public long Ticks;
        public TimeSpan Offset;
        public long? Epoch;
    }
}
