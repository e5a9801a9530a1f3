using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Kombo.Core.Models;
using Kombo.Core.Records;

namespace Kombo.Connectors.Tests;

/// <summary>Reads the rows of a batch back, so that a test can look at them.</summary>
static class RowText
{
    /// <summary>Values by field, those that are null left out.</summary>
    public static JsonObject Of(RecordBatch batch, int index)
    {
        var row = new JsonObject { ["remote_id"] = batch.RemoteId(index) };
        var rest = batch.Row(index);
        foreach (var field in batch.Model.Fields)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(rest);
            rest = rest[4..];
            if (length < 0)
                continue;
            row[field.Name] = Value(field, rest[..length]);
            rest = rest[length..];
        }

        rest.Length.ShouldBe(0);
        if (batch.RemoteData(index) is { Length: > 0 } remoteData)
            row["remote_data"] = JsonNode.Parse(remoteData);
        return row;
    }

    static JsonNode? Value(Field field, ReadOnlySpan<byte> value) => field.Type switch
    {
        FieldType.Boolean => value[0] == 1,
        FieldType.Integer => BinaryPrimitives.ReadInt64BigEndian(value),
        FieldType.Number => Numeric(value),
        FieldType.DateTime => new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMicroseconds(BinaryPrimitives.ReadInt64BigEndian(value))
            .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
        FieldType.Date => new DateOnly(2000, 1, 1).AddDays(BinaryPrimitives.ReadInt32BigEndian(value)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        FieldType.Time => new TimeOnly(BinaryPrimitives.ReadInt64BigEndian(value) * 10).ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        FieldType.Json => JsonNode.Parse(value[1..]),
        _ => Encoding.UTF8.GetString(value),
    };

    static string Numeric(ReadOnlySpan<byte> value)
    {
        var (groups, weight) = (BinaryPrimitives.ReadInt16BigEndian(value), BinaryPrimitives.ReadInt16BigEndian(value[2..]));
        var isNegative = BinaryPrimitives.ReadUInt16BigEndian(value[4..]) == 0x4000;
        var scale = BinaryPrimitives.ReadInt16BigEndian(value[6..]);
        var number = 0m;
        for (var i = 0; i < groups; i++)
            number += BinaryPrimitives.ReadInt16BigEndian(value[(8 + (2 * i))..]) * Power(weight - i);
        return (isNegative ? -number : number).ToString("F" + scale, CultureInfo.InvariantCulture);
    }

    static decimal Power(int groups)
    {
        var power = 1m;
        for (var i = 0; i < Math.Abs(groups); i++)
            power = groups > 0 ? power * 10000 : power / 10000;
        return power;
    }
}
