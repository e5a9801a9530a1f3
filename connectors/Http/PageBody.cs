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
            while (await stream.ReadAsync(buffer.AsMemory(length), cancellationToken) is > 0 and var read)
            {
                length += read;
                if (length > limit)
                    return null;
                if (length == buffer.Length)
                    buffer = Grow(buffer, length);
            }

            var body = new PageBody(buffer, length);
            buffer = [];
            return body;
        }
        finally
        {
            Return(buffer);
        }
    }

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

    static byte[] Grow(byte[] buffer, int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
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
