using System.Net;
using System.Net.Sockets;

namespace Kombo.Testing;

/// <summary>Passes connections on to another port until it is cut: then nothing goes through any more, in either direction, as with a
/// broken network. Connections stay open and new ones are accepted: only silence tells.</summary>
public sealed class TcpGate : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource closing = new();
    readonly CancellationTokenSource cut = new();
    readonly List<TcpClient> connections = [];
    readonly Task accepting;
    long bytesToBreak = long.MaxValue;

    TcpGate(int target)
    {
        listener.Start();
        accepting = AcceptAsync(target);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public static TcpGate To(int port) => new(port);

    public void Cut() => cut.Cancel();

    /// <summary>Once so many more bytes have come from clients, all connections break, as when a host goes; later ones work.</summary>
    public void BreakAfter(long bytes) => Interlocked.Exchange(ref bytesToBreak, bytes);

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await cut.CancelAsync();
        listener.Stop();
        await accepting;
        lock (connections)
            connections.ForEach(connection => connection.Dispose());
        cut.Dispose();
        closing.Dispose();
    }

    async Task AcceptAsync(int target)
    {
        try
        {
            while (true)
            {
                var near = Keep(await listener.AcceptTcpClientAsync(closing.Token));
                if (cut.IsCancellationRequested)
                    continue;
                var far = Keep(new TcpClient());
                await far.ConnectAsync(IPAddress.Loopback, target, closing.Token);
                _ = PassAsync(near, far, counts: true);
                _ = PassAsync(far, near, counts: false);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    async Task PassAsync(TcpClient from, TcpClient to, bool counts)
    {
        var buffer = new byte[8 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, cut.Token) is > 0 and var read)
            {
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), cut.Token);
                if (counts && Interlocked.Add(ref bytesToBreak, -read) <= 0)
                    Break();
            }
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException
            or ObjectDisposedException or InvalidOperationException)
        {
            // Cut, broken, or ended by one of the two.
        }
    }

    void Break()
    {
        Interlocked.Exchange(ref bytesToBreak, long.MaxValue);
        lock (connections)
        {
            foreach (var connection in connections)
            {
                connection.Client.LingerState = new(enable: true, seconds: 0); // a reset, no end
                connection.Dispose();
            }
            connections.Clear();
        }
    }

    TcpClient Keep(TcpClient connection)
    {
        lock (connections)
            connections.Add(connection);
        return connection;
    }
}
