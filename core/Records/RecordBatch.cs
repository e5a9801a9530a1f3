using Kombo.Core.Models;

namespace Kombo.Core.Records;

/// <summary>Records of one model in the order they arrived, mapped and scoped: what is out of scope is not in here. Each
/// row is encoded once, in Postgres' binary COPY form, so that the same bytes are hashed and sent. Built by
/// <see cref="RecordBatchBuilder"/>; its buffer is returned to the pool on dispose.</summary>
public sealed class RecordBatch : IDisposable
{
    readonly RowBuffer buffer;
    readonly List<Entry> entries;

    internal RecordBatch(Model model, RowBuffer buffer, List<Entry> entries) =>
        (Model, this.buffer, this.entries) = (model, buffer, entries);

    public Model Model { get; }

    public int Count => entries.Count;

    /// <summary>Bytes of all rows.</summary>
    public int Size => buffer.Length;

    /// <summary>24 characters.</summary>
    public string Id(int index) => entries[index].Id;

    public string RemoteId(int index) => entries[index].RemoteId;

    /// <summary>First half of the SHA-256 of <see cref="Row"/>.</summary>
    public Guid Hash(int index) => entries[index].Hash;

    /// <summary>The values of all of <see cref="Model"/>'s fields in catalog order, each as Postgres' COPY BINARY
    /// writes it: length as a big-endian int32 (-1 is null), then the value in the column type's binary form.</summary>
    public ReadOnlySpan<byte> Row(int index) => buffer.Slice(entries[index].Row);

    /// <summary>The scoped part of the source record as UTF-8 JSON; empty where the scope does not ask for it.</summary>
    public ReadOnlySpan<byte> RemoteData(int index) => buffer.Slice(entries[index].RemoteData);

    public void Dispose() => buffer.Dispose();

    internal readonly record struct Entry(string Id, string RemoteId, Guid Hash, Range Row, Range RemoteData);

    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{Count} {Model.Name}");
}

/// <summary>Why a record of a page is not stored. Says where, never what: no value of the record is in here.</summary>
/// <param name="RemoteId">Null where the record has none.</param>
/// <param name="Path">The field, e.g. <c>hris_employees.start_date</c>, or the place in the page.</param>
/// <param name="Reason">E.g. "is not a date".</param>
public sealed record RecordError(string Model, string? RemoteId, string Path, string Reason);
