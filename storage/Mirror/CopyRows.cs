using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Kombo.Storage.Mirror;

/// <summary>Sends rows that are already encoded as COPY BINARY; see <see cref="ModelStatements.Columns"/> for their
/// columns. Source: PostgreSQL documentation, COPY, "Binary Format".</summary>
static class CopyRows
{
    const int FlushAt = 64 * 1024;

    public static Guid HashOf(ReadOnlySpan<byte> remoteData)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(remoteData, hash);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <param name="copy">A copy statement with the columns of <see cref="ModelStatements"/>.</param>
    /// <param name="rows">Sent in the order of their places.</param>
    public static async Task SendAsync(
        NpgsqlConnection connection, string copy, CopiedRows rows, CancellationToken cancellationToken)
    {
        await using var stream = await connection.BeginRawBinaryCopyAsync(copy, cancellationToken);
        var buffer = new ArrayBufferWriter<byte>(FlushAt * 2);
        try
        {
            WriteHeader(buffer);
            var prefix = rows.Prefix();
            foreach (var place in rows.Places)
            {
                WriteRow(buffer, prefix, rows, place);
                if (buffer.WrittenCount < FlushAt)
                    continue;
                await stream.WriteAsync(buffer.WrittenMemory, cancellationToken);
                buffer.ResetWrittenCount();
            }

            BinaryPrimitives.WriteInt16BigEndian(buffer.GetSpan(2), -1);
            buffer.Advance(2);
            await stream.WriteAsync(buffer.WrittenMemory, cancellationToken);
        }
        catch
        {
            await stream.CancelAsync();
            throw;
        }
    }

    static void WriteHeader(ArrayBufferWriter<byte> buffer)
    {
        buffer.Write<byte>([.. "PGCOPY\n"u8, 0xff, (byte)'\r', (byte)'\n', 0]);
        buffer.Write<byte>(stackalloc byte[8]); // no flags, no extension
    }

    static void WriteRow(ArrayBufferWriter<byte> buffer, RowPrefix prefix, CopiedRows rows, int place)
    {
        var (batch, index) = rows.Page.Rows[place];
        buffer.Write(prefix.Head);
        WriteText(buffer, batch.Id(index));
        WriteText(buffer, batch.RemoteId(index));
        WriteHash(buffer, batch.Hash(index));
        buffer.Write(prefix.RequestedAt);
        buffer.Write(batch.Row(index));
        WriteRemoteData(buffer, batch.RemoteData(index), rows.Page.DataHashes?[place]);
    }

    static void WriteText(ArrayBufferWriter<byte> buffer, string text)
    {
        var span = buffer.GetSpan(4 + Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, span[4..]);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        buffer.Advance(4 + length);
    }

    static void WriteHash(ArrayBufferWriter<byte> buffer, Guid hash)
    {
        var span = buffer.GetSpan(20);
        BinaryPrimitives.WriteInt32BigEndian(span, 16);
        hash.TryWriteBytes(span[4..], bigEndian: true, out _);
        buffer.Advance(20);
    }

    static void WriteRemoteData(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> json, Guid? hash)
    {
        if (hash is not { } known)
        {
            buffer.Write<byte>([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]); // two nulls
            return;
        }

        var span = buffer.GetSpan(5);
        BinaryPrimitives.WriteInt32BigEndian(span, json.Length + 1);
        span[4] = 1; // the version of jsonb's binary form
        buffer.Advance(5);
        buffer.Write(json);
        WriteHash(buffer, known);
    }
}

/// <summary>Bytes that are the same in all rows of a page.</summary>
sealed record RowPrefix(byte[] Head, byte[] RequestedAt);

/// <param name="Places">In <see cref="ModelPage.Rows"/>.</param>
sealed record CopiedRows(ModelPage Page, IReadOnlyList<int> Places, string IntegrationId, DateTimeOffset RequestedAt)
{
    static readonly DateTimeOffset PostgresEpoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public RowPrefix Prefix()
    {
        var head = new byte[6 + Encoding.UTF8.GetByteCount(IntegrationId)];
        BinaryPrimitives.WriteInt16BigEndian(head, Page.Statements.ColumnCount);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(2), head.Length - 6);
        Encoding.UTF8.GetBytes(IntegrationId, head.AsSpan(6));
        var requested = new byte[12];
        BinaryPrimitives.WriteInt32BigEndian(requested, 8);
        BinaryPrimitives.WriteInt64BigEndian(requested.AsSpan(4), (RequestedAt - PostgresEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        return new(head, requested);
    }
}
