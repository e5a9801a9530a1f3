using System.Text;

namespace Kombo.Testing.Faults;

/// <summary>How a watch ends.</summary>
public enum WatchEnd
{
    /// <summary>As at its time-out.</summary>
    Clean,

    /// <summary>In the middle of whatever it is.</summary>
    Reset,

    /// <summary>Nothing comes for a while; then the connection turns out to be dead.</summary>
    Silence,

    /// <summary>The server says that its version is too old.</summary>
    Expired,

    /// <summary>Nothing comes for a while; then its version is too old, and what happened meanwhile only a list tells.</summary>
    Forgotten,
}

/// <summary>The body of a watch, up to its end.</summary>
sealed class EndingStream(Stream inner, WatchEnd end, TimeSpan lasts) : Stream
{
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    readonly CancellationTokenSource over = new(lasts);
    byte last = (byte)'\n';
    bool isOver;
    ReadOnlyMemory<byte> farewell = Encoding.UTF8.GetBytes(
        $$"""{"type":"ERROR","object":{{RandomFaults.StatusOf(410, "Expired").Trim()}}}""" + "\n");

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!over.IsCancellationRequested)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token);
            try
            {
                var read = await inner.ReadAsync(buffer, either.Token);
                if (read > 0)
                    last = buffer.Span[read - 1];
                return read;
            }
            catch (Exception) when (over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                // Now it ends.
            }
        }
        return await EndAsync(buffer, cancellationToken);
    }

    async ValueTask<int> EndAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (end is WatchEnd.Silence or WatchEnd.Forgotten && !isOver)
            await Task.Delay(Silence, TimeProvider.System, cancellationToken);
        isOver = true;
        if (end is WatchEnd.Silence or WatchEnd.Reset)
            throw new IOException("a fault of the test: the watch broke off");
        if (end == WatchEnd.Clean || last != (byte)'\n' || farewell.IsEmpty)
            return 0;
        var length = Math.Min(buffer.Length, farewell.Length);
        farewell[..length].CopyTo(buffer);
        farewell = farewell[length..];
        return length;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            over.Dispose();
        }
        base.Dispose(disposing);
    }
}
