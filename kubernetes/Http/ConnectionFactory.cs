using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Kombo.Kubernetes.Configuration;

namespace Kombo.Kubernetes.Http;

/// <summary>Connections to one API server: whom to trust, what to show, and how to notice a dead one.</summary>
internal static class ConnectionFactory
{
    public static SocketsHttpHandler Create(
        KubernetesClientConfiguration configuration, X509Certificate2Collection? authorities, ClientCertificate? certificate)
    {
        var tls = Tls(configuration, authorities, certificate);
        return new SocketsHttpHandler
        {
            SslOptions = tls,
            ConnectCallback = configuration.TlsServerName is { } name
                ? (context, cancellationToken) => ConnectWithTlsAsync(context, tls, name, cancellationToken)
                : ConnectAsync,
            UseProxy = configuration.TlsServerName is null,
            Proxy = configuration.ProxyUrl is { } proxy ? new WebProxy(proxy) : null,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            EnableMultipleHttp2Connections = true,
            // A dead connection looks like a quiet watch: ask it.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            // Follow changes of DNS and of load balancers.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        };
    }

    static SslClientAuthenticationOptions Tls(
        KubernetesClientConfiguration configuration, X509Certificate2Collection? authorities, ClientCertificate? certificate)
    {
        var tls = new SslClientAuthenticationOptions();
        if (certificate is not null)
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(
                certificate.Leaf, certificate.Intermediates, offline: true);
        if (configuration.SkipTlsVerify)
        {
            // The user asked for it; it was logged when the configuration was read.
#pragma warning disable CA5359
            tls.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (authorities is not null)
        {
            // Only these, and still with the check of the name.
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }
        return tls;
    }

    static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // The handler derives the TLS name from the Host header. To send another name, TLS is done here and the handler is told
    // that the stream is plain (see ClusterHandler): HTTP/1.1 only, no proxy.
    static async ValueTask<Stream> ConnectWithTlsAsync(
        SocketsHttpConnectionContext context, SslClientAuthenticationOptions tls, string name, CancellationToken cancellationToken)
    {
        var stream = new SslStream(await ConnectAsync(context, cancellationToken));
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    ClientCertificateContext = tls.ClientCertificateContext,
                    CertificateChainPolicy = tls.CertificateChainPolicy,
                    RemoteCertificateValidationCallback = tls.RemoteCertificateValidationCallback,
                },
                cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }
}
