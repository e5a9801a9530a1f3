namespace Kombo.Connectors.Times;

/// <summary>Reads times as sources write them, from UTF-8, without allocating. Source: RFC 3339, section 5.6.</summary>
static class Rfc3339
{
    /// <summary>With or without a fraction, with Z or an offset, and with a space in place of the T.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset value)
    {
        value = default;
        var reader = new DigitReader(text);
        if (!reader.TryDate(out var date) || !reader.TrySkipAny("Tt "u8) || !reader.TryTime(out var time)
            || !reader.TryOffset(out var offset) || !reader.IsAtEnd)
            return false;
        return TryMake(date, time, offset, out value);
    }

    /// <summary>The day as it is written: of a date, or of a time whose zone does not matter for it.</summary>
    public static bool TryParseDay(ReadOnlySpan<byte> text, out DateOnly day)
    {
        var reader = new DigitReader(text);
        return reader.TryDate(out day) && (reader.IsAtEnd || (reader.TrySkipAny("Tt "u8) && reader.TryTime(out _)
            && (reader.IsAtEnd || (reader.TryOffset(out _) && reader.IsAtEnd))));
    }

    /// <summary>A time of day, hours and minutes at least.</summary>
    public static bool TryParseTime(ReadOnlySpan<byte> text, out TimeOnly value)
    {
        value = default;
        var reader = new DigitReader(text);
        if (!reader.TryTime(out var time) || !reader.IsAtEnd || time >= TimeSpan.FromDays(1))
            return false;
        value = TimeOnly.FromTimeSpan(time);
        return true;
    }

    public static bool TryMake(DateOnly date, TimeSpan time, TimeSpan offset, out DateTimeOffset value)
    {
        var ticks = date.DayNumber * TimeSpan.TicksPerDay + (time - offset).Ticks;
        var isInRange = ticks >= 0 && ticks <= DateTime.MaxValue.Ticks;
        value = isInRange ? new DateTimeOffset(ticks, TimeSpan.Zero) : default;
        return isInRange;
    }
}

/// <summary>Reads fixed-width numbers from UTF-8, left to right.</summary>
ref struct DigitReader(ReadOnlySpan<byte> text)
{
    ReadOnlySpan<byte> rest = text;

    public readonly bool IsAtEnd => rest.IsEmpty;

    public bool TryNumber(int digits, out int value)
    {
        value = 0;
        if (rest.Length < digits)
            return false;
        foreach (var digit in rest[..digits])
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return false;
            value = (value * 10) + (digit - (byte)'0');
        }

        rest = rest[digits..];
        return true;
    }

    /// <summary>A whole number of any length, with a sign; digits after a point are dropped.</summary>
    public bool TryWhole(out long value)
    {
        if (!System.Buffers.Text.Utf8Parser.TryParse(rest, out value, out var used))
            return false;
        rest = rest[used..];
        return !TrySkip((byte)'.') || TryFraction(out _);
    }

    public bool TrySkip(byte expected)
    {
        if (rest.IsEmpty || rest[0] != expected)
            return false;
        rest = rest[1..];
        return true;
    }

    public bool TrySkipAny(scoped ReadOnlySpan<byte> expected)
    {
        if (rest.IsEmpty || !expected.Contains(rest[0]))
            return false;
        rest = rest[1..];
        return true;
    }

    public bool TryDate(out DateOnly date)
    {
        date = default;
        if (!TryNumber(4, out var year) || !TrySkip((byte)'-') || !TryNumber(2, out var month) || !TrySkip((byte)'-')
            || !TryNumber(2, out var day) || !IsDay(year, month, day))
            return false;
        date = new DateOnly(year, month, day);
        return true;
    }

    public bool TryTime(out TimeSpan time)
    {
        time = default;
        if (!TryNumber(2, out var hour) || !TrySkip((byte)':') || !TryNumber(2, out var minute) || hour > 23 || minute > 59)
            return false;
        var second = 0;
        if (TrySkip((byte)':') && (!TryNumber(2, out second) || second > 59))
            return false;
        time = new TimeSpan(hour, minute, second);
        if (!TrySkipAny(".,"u8))
            return true;
        if (!TryFraction(out var ticks))
            return false;
        time += TimeSpan.FromTicks(ticks);
        return true;
    }

    /// <summary>Digits of a second's fraction; anything finer than 100 ns is dropped.</summary>
    public bool TryFraction(out long ticks)
    {
        ticks = 0;
        var count = 0;
        for (; count < rest.Length && rest[count] is >= (byte)'0' and <= (byte)'9'; count++)
            if (count < 7)
                ticks = (ticks * 10) + (rest[count] - (byte)'0');
        for (var i = count; i < 7; i++)
            ticks *= 10;
        rest = rest[count..];
        return count > 0;
    }

    /// <summary>Z, or hours and minutes with or without a colon.</summary>
    public bool TryOffset(out TimeSpan offset)
    {
        offset = default;
        if (TrySkipAny("Zz"u8))
            return true;
        var negative = rest is [(byte)'-', ..];
        if (!TrySkipAny("+-"u8) || !TryNumber(2, out var hours))
            return false;
        TrySkip((byte)':');
        if (!TryNumber(2, out var minutes) || hours > 23 || minutes > 59)
            return false;
        offset = new TimeSpan(hours, minutes, 0);
        offset = negative ? -offset : offset;
        return true;
    }

    public static bool IsDay(int year, int month, int day) =>
        year is >= 1 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month);
}
