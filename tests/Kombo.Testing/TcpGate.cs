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

    TcpGate(int target)
    {
        listener.Start();
        accepting = AcceptAsync(target);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public static TcpGate To(int port) => new(port);

    public void Cut() => cut.Cancel();

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
                _ = PassAsync(near, far);
                _ = PassAsync(far, near);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    async Task PassAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream(), cut.Token);
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException
            or ObjectDisposedException or InvalidOperationException)
        {
            // Cut, or ended by one of the two.
        }
    }

    TcpClient Keep(TcpClient connection)
    {
        lock (connections)
            connections.Add(connection);
        return connection;
    }
}
