using System.Security.Cryptography;
using Kombo.Core.Ids;
using Kombo.Core.Models;

namespace Kombo.Core.Records;

/// <summary>Builds a <see cref="RecordBatch"/>, one record after the other: <see cref="Begin"/>, then each field of the
/// model in catalog order through <see cref="Values"/>, then <see cref="Commit"/> or <see cref="Rollback"/>.</summary>
/// <param name="ids">Of the integration and the model.</param>
public sealed class RecordBatchBuilder(Model model, RecordIds ids) : IDisposable
{
    RowBuffer? buffer = new();
    List<RecordBatch.Entry> entries = [];
    RowWriter? values;
    int start;

    public Model Model => model;

    public int Count => entries.Count;

    /// <summary>Bytes so far.</summary>
    public int Size => buffer?.Length ?? 0;

    /// <summary>Where the fields of the record that was begun go.</summary>
    public RowWriter Values => values ??= new RowWriter(Buffer);

    RowBuffer Buffer => buffer ?? throw new ObjectDisposedException(nameof(RecordBatchBuilder));

    public void Begin()
    {
        start = Buffer.Length;
        Values.Start();
    }

    /// <summary>Keeps the record.</summary>
    /// <param name="remoteData">UTF-8 JSON; empty for none.</param>
    /// <exception cref="InvalidOperationException">Not every field was written exactly once: a mistake in the program.</exception>
    public void Commit(string remoteId, ReadOnlySpan<byte> remoteData)
    {
        if (Values.Written != model.Fields.Length)
            throw new InvalidOperationException(
                $"{model.Name}: {Values.Written} values written, the model has {model.Fields.Length} fields");
        var end = Buffer.Length;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Buffer.Slice(start..end), hash);
        remoteData.CopyTo(Buffer.Take(remoteData.Length));
        entries.Add(new(ids.Of(remoteId), remoteId, new Guid(hash[..16], bigEndian: true), start..end, end..Buffer.Length));
    }

    /// <summary>Drops the record that was begun.</summary>
    public void Rollback() => Buffer.Truncate(start);

    /// <summary>Hands over what was built; the builder cannot be used again.</summary>
    public RecordBatch Build()
    {
        var built = new RecordBatch(model, Buffer, entries);
        buffer = null;
        entries = [];
        return built;
    }

    public void Dispose() => buffer?.Dispose();
}
