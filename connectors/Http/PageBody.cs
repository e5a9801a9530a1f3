using System.Buffers;
using System.Text.Json;

namespace Kombo.Connectors.Http;

/// <summary>The bytes of an answer in a pooled buffer, and their JSON.</summary>
sealed class PageBody : IDisposable
{
    readonly int length;
    byte[] bytes;

    PageBody(byte[] bytes, int length) => (this.bytes, this.length) = (bytes, length);

    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, length);

    public static PageBody Empty { get; } = new([], 0);

    /// <summary>Null until <see cref="TryParse"/> succeeded.</summary>
    public JsonDocument? Json { get; private set; }

    /// <summary>Reads to the end, counting what comes out of the decompression.</summary>
    /// <returns>Null if there is more than the limit.</returns>
    public static async Task<PageBody?> ReadAsync(Stream stream, int limit, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        var length = 0;
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(length, Math.Min(buffer.Length, limit) - length), cancellationToken) is > 0 and var read)
            {
                length += read;
                if (length == limit)
                    return await IsAtEndAsync(stream, cancellationToken) ? Take(ref buffer, length) : null;
                if (length == buffer.Length)
                    buffer = Grow(buffer, length, limit);
            }

            return Take(ref buffer, length);
        }
        finally
        {
            Return(buffer);
        }
    }

    static PageBody Take(ref byte[] buffer, int length)
    {
        var body = new PageBody(buffer, length);
        buffer = [];
        return body;
    }

    // The pool doubles what it gives: one byte beyond the limit would cost as much again as the whole page.
    static async Task<bool> IsAtEndAsync(Stream stream, CancellationToken cancellationToken) =>
        await stream.ReadAsync(new byte[1], cancellationToken) == 0;

    /// <returns>Why it is no JSON, without quoting it; null if it is.</returns>
    public string? TryParse(int depth)
    {
        var text = Bytes.StartsWith("\uFEFF"u8) ? bytes.AsMemory(3, length - 3) : bytes.AsMemory(0, length);
        if (text.IsEmpty)
            return "an empty body";
        try
        {
            Json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = depth });
            return null;
        }
        catch (JsonException error)
        {
            if (text.Span.TrimStart(" \t\r\n"u8) is [(byte)'<', ..])
                return "HTML or XML instead of JSON";
            return $"a body that is no whole JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine})";
        }
    }

    public void Dispose()
    {
        Json?.Dispose();
        Json = null;
        Return(Interlocked.Exchange(ref bytes, []));
    }

    static byte[] Grow(byte[] buffer, int length, int limit)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(buffer.Length * 2L, limit));
        buffer.AsSpan(0, length).CopyTo(larger);
        Return(buffer);
        return larger;
    }

    // Personal data does not linger in the pool.
    static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
    }
}
