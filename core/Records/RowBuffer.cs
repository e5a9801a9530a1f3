using System.Buffers;

namespace Kombo.Core.Records;

/// <summary>A growing pooled byte buffer.</summary>
sealed class RowBuffer : IDisposable
{
    byte[] bytes = ArrayPool<byte>.Shared.Rent(64 * 1024);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Slice(Range range) => bytes.AsSpan(range);

    /// <summary>Room for exactly that many bytes, already counted into <see cref="Length"/>.</summary>
    public Span<byte> Take(int count)
    {
        var span = Reserve(count)[..count];
        Length += count;
        return span;
    }

    /// <summary>Room for at least that many bytes; call <see cref="Advance"/> with what was used.</summary>
    public Span<byte> Reserve(int atLeast)
    {
        if (bytes.Length - Length < atLeast)
            Grow(atLeast);
        return bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public Span<byte> At(int offset, int count) => bytes.AsSpan(offset, count);

    public void Truncate(int length) => Length = length;

    public void Dispose()
    {
        var returned = Interlocked.Exchange(ref bytes, []);
        Length = 0;
        if (returned.Length > 0)
            ArrayPool<byte>.Shared.Return(returned, clearArray: true); // personal data does not linger in the pool
    }

    void Grow(int atLeast)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length * 2, checked(Length + atLeast)));
        bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        bytes = larger;
    }
}
