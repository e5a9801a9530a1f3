using System.Text;
using Kombo.Connectors.Times;
using Kombo.Core.Ids;
using Kombo.Core.Models;
using Kombo.Core.Records;

namespace Kombo.Connectors.Mapping;

/// <summary>Writes one field of a model from a record. Not for two threads at a time.</summary>
abstract class Column(Field field)
{
    public Field Field { get; } = field;

    /// <returns>Why the value cannot be stored; null if it was written.</returns>
    public string? Write(in RecordContext context, RowWriter writer) => WriteValue(context, writer);

    protected abstract string? WriteValue(in RecordContext context, RowWriter writer);

    protected string? WriteNothing(RowWriter writer)
    {
        if (!Field.Nullable)
            return Reason.Missing;
        writer.WriteNull();
        return null;
    }

    public static Column Of(Field field, ScalarMapping mapping, Func<string, RecordIds> idsOf)
    {
        var reader = new ScalarReader(mapping);
        return field switch
        {
            { Ref: { } model } => new RefColumn(field, reader, idsOf(model)),
            { Type: FieldType.Enum } => new EnumColumn(field, reader),
            { Type: FieldType.Number } => new NumberColumn(field, reader),
            { Type: FieldType.Integer } => new IntegerColumn(field, reader),
            { Type: FieldType.Boolean } => new BooleanColumn(field, reader),
            { Type: FieldType.DateTime } => new DateTimeColumn(field, reader),
            { Type: FieldType.Date } => new DateColumn(field, reader),
            { Type: FieldType.Time } => new TimeColumn(field, reader),
            _ => new TextColumn(field, reader),
        };
    }
}

abstract class ScalarColumn(Field field, ScalarReader reader) : Column(field)
{
    protected DateTimeFormat? Format => reader.Mapping.Format;

    protected override string? WriteValue(in RecordContext context, RowWriter writer)
    {
        var value = reader.Read(context);
        return value.Kind switch
        {
            ScalarKind.Missing => WriteNothing(writer),
            ScalarKind.Broken => Reason.NotUnicode,
            ScalarKind.Structure => Reason.NotValue,
            _ => Write(value, writer),
        };
    }

    protected abstract string? Write(in Scalar value, RowWriter writer);
}

sealed class TextColumn(Field field, ScalarReader reader) : ScalarColumn(field, reader)
{
    protected override string? Write(in Scalar value, RowWriter writer) =>
        value.Kind is not (ScalarKind.Text or ScalarKind.Number) ? Reason.NotText
        : writer.TryWriteText(value.Utf8) ? null
        : Reason.Nul;
}

/// <summary>A reference: the id that the record of that remote id has, whether it is here yet or not.</summary>
sealed class RefColumn(Field field, ScalarReader reader, RecordIds ids) : ScalarColumn(field, reader)
{
    readonly byte[] id = new byte[24];
    byte[] last = [];
    int lastLength = -1;

    protected override string? Write(in Scalar value, RowWriter writer)
    {
        if (value.Kind is not (ScalarKind.Text or ScalarKind.Number))
            return Reason.NotText;
        if (value.Utf8.IsEmpty)
            return WriteNothing(writer); // an empty id refers to nothing
        if (value.Utf8.Contains((byte)0))
            return Reason.Nul;
        Find(value.Utf8);
        writer.WriteAscii(id);
        return null;
    }

    // Neighbours often refer to the same record: the members of a team, the people of a location.
    void Find(ReadOnlySpan<byte> remoteId)
    {
        if (lastLength == remoteId.Length && remoteId.SequenceEqual(last.AsSpan(0, lastLength)))
            return;
        ids.Write(remoteId, id);
        if (last.Length < remoteId.Length)
            last = new byte[Math.Max(64, remoteId.Length)];
        remoteId.CopyTo(last);
        lastLength = remoteId.Length;
    }
}

sealed class EnumColumn(Field field, ScalarReader reader) : ScalarColumn(field, reader)
{
    readonly byte[][] known = [.. field.Values.Select(Encoding.UTF8.GetBytes)];

    protected override string? Write(in Scalar value, RowWriter writer)
    {
        foreach (var one in known)
            if (value.Utf8.SequenceEqual(one))
            {
                writer.WriteAscii(one);
                return null;
            }

        if (!Field.Open)
            return WriteNothing(writer);
        return writer.TryWriteText(value.Utf8) ? null : Reason.Nul;
    }
}

sealed class NumberColumn(Field field, ScalarReader reader) : ScalarColumn(field, reader)
{
    protected override string? Write(in Scalar value, RowWriter writer) =>
        value.Kind is ScalarKind.Number or ScalarKind.Text && writer.TryWriteNumber(value.Utf8) ? null : Reason.NotNumber;
}

sealed class IntegerColumn(Field field, ScalarReader reader) : ScalarColumn(field, reader)
{
    protected override string? Write(in Scalar value, RowWriter writer)
    {
        if (value.Kind is not (ScalarKind.Number or ScalarKind.Text)
            || !System.Buffers.Text.Utf8Parser.TryParse(value.Utf8, out long number, out var used) || used != value.Utf8.Length)
            return Reason.NotInteger;
        writer.WriteInt64(number);
        return null;
    }
}

sealed class BooleanColumn(Field field, ScalarReader reader) : ScalarColumn(field, reader)
{
    protected override string? Write(in Scalar value, RowWriter writer)
    {
        var isTrue = value.Utf8.SequenceEqual("true"u8);
        if (!isTrue && !value.Utf8.SequenceEqual("false"u8))
            return Reason.NotBoolean;
        writer.WriteBoolean(isTrue);
        return null;
    }
}

/// <summary>An instant; where a day is meant, that day's midnight in UTC, whatever zone the source wrote beside it.</summary>
sealed class DateTimeColumn(Field field, ScalarReader reader) : ScalarColumn(field, reader)
{
    protected override string? Write(in Scalar value, RowWriter writer)
    {
        if (Field.CalendarDate && Format is null)
        {
            if (!Rfc3339.TryParseDay(value.Utf8, out var day))
                return Reason.NotDate;
            writer.WriteDateTime(new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero));
            return null;
        }

        if (!(Format ?? DateTimeFormat.Rfc3339).TryParse(value.Utf8, out var instant))
            return Reason.NotDateTime;
        writer.WriteDateTime(Field.CalendarDate ? new DateTimeOffset(instant.UtcDateTime.Date, TimeSpan.Zero) : instant);
        return null;
    }
}

sealed class DateColumn(Field field, ScalarReader reader) : ScalarColumn(field, reader)
{
    protected override string? Write(in Scalar value, RowWriter writer)
    {
        var isRead = Format is { } format
            ? TryDay(format, value.Utf8, out var day)
            : Rfc3339.TryParseDay(value.Utf8, out day);
        if (!isRead)
            return Reason.NotDate;
        writer.WriteDate(day);
        return null;
    }

    static bool TryDay(DateTimeFormat format, ReadOnlySpan<byte> text, out DateOnly day)
    {
        var isRead = format.TryParse(text, out var instant);
        day = DateOnly.FromDateTime(instant.UtcDateTime);
        return isRead;
    }
}

sealed class TimeColumn(Field field, ScalarReader reader) : ScalarColumn(field, reader)
{
    protected override string? Write(in Scalar value, RowWriter writer)
    {
        if (!Rfc3339.TryParseTime(value.Utf8, out var time))
            return Reason.NotTime;
        writer.WriteTime(time);
        return null;
    }
}
