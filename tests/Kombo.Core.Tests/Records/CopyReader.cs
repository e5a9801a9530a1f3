using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Kombo.Core.Tests.Records;

/// <summary>Reads values of Postgres' binary COPY form back, straight from its documentation, one after the
/// other.</summary>
ref struct CopyReader(ReadOnlySpan<byte> row)
{
    ReadOnlySpan<byte> rest = row;

    public readonly bool AtEnd => rest.IsEmpty;

    /// <summary>False for null.</summary>
    public bool TryRead(out ReadOnlySpan<byte> value)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(rest);
        rest = rest[4..];
        value = length < 0 ? default : rest[..length];
        rest = length < 0 ? rest : rest[length..];
        return length >= 0;
    }

    public ReadOnlySpan<byte> Read()
    {
        TryRead(out var value).ShouldBeTrue();
        return value;
    }

    public string Text() => Encoding.UTF8.GetString(Read());

    public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Read());

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Read());

    public bool Boolean() => Read() is [1];

    /// <summary>As Postgres prints it: sum of groups times 10000 to the power of weight minus index, with that many
    /// decimals.</summary>
    public string Numeric()
    {
        var value = Read();
        var groups = BinaryPrimitives.ReadInt16BigEndian(value);
        int weight = BinaryPrimitives.ReadInt16BigEndian(value[2..]);
        var isNegative = BinaryPrimitives.ReadUInt16BigEndian(value[4..]) == 0x4000;
        var scale = BinaryPrimitives.ReadInt16BigEndian(value[6..]);
        value.Length.ShouldBe(8 + (2 * groups));
        var (whole, fraction) = (new StringBuilder(), new StringBuilder());
        for (var index = Math.Min(0, weight + 1); index < Math.Max(groups, weight + 1) || (index - weight - 1) * 4 < scale; index++)
        {
            var group = index >= 0 && index < groups ? BinaryPrimitives.ReadInt16BigEndian(value[(8 + (2 * index))..]) : (short)0;
            group.ShouldBeInRange((short)0, (short)9999);
            (index <= weight ? whole : fraction).Append(group.ToString("0000", CultureInfo.InvariantCulture));
        }

        var digits = whole.ToString().TrimStart('0');
        fraction.Append('0', Math.Max(0, scale - fraction.Length));
        fraction.ToString()[scale..].Trim('0').ShouldBeEmpty("no digit beyond the scale");
        return (isNegative ? "-" : "") + (digits.Length == 0 ? "0" : digits) + (scale > 0 ? "." + fraction.ToString()[..scale] : "");
    }
}
