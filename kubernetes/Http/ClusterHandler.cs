using System.Net;
using System.Security.Cryptography.X509Certificates;
using Kombo.Kubernetes.Configuration;

namespace Kombo.Kubernetes.Http;

/// <summary>
/// Sends with the credentials of the moment. A changed certificate or authority means new connections; requests under way
/// finish on the old ones. A 401 drops cached credentials and tries once more.
/// </summary>
internal sealed class ClusterHandler(KubernetesClientConfiguration configuration) : HttpMessageHandler
{
    readonly Lock gate = new();
    Connections? current;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await SendOnceAsync(request, refresh: false, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
            return response;
        response.Dispose();
        return await SendOnceAsync(request, refresh: true, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            current?.Invoker.Dispose();
            (configuration.Credentials as IDisposable)?.Dispose();
        }
        base.Dispose(disposing);
    }

    async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, bool refresh, CancellationToken cancellationToken)
    {
        var credential = await configuration.Credentials.GetAsync(refresh, cancellationToken);
        request.Headers.Authorization = credential.Authorization;
        if (configuration.TlsServerName is not null && request.RequestUri is { Scheme: "https" } address)
        {
            // See ConnectionFactory: TLS is done below, where the handler does not look.
            request.RequestUri = new UriBuilder(address) { Scheme = "http", Port = address.Port }.Uri;
            request.Version = HttpVersion.Version11;
            request.Headers.Host = address.IsDefaultPort ? address.Host : address.Authority;
        }
        return await InvokerFor(credential.Certificate).SendAsync(request, cancellationToken);
    }

    HttpMessageInvoker InvokerFor(ClientCertificate? certificate)
    {
        var authorities = configuration.CertificateAuthority?.Get();
        lock (gate)
        {
            if (current is { } same
                && ReferenceEquals(same.Certificate, certificate) && ReferenceEquals(same.Authorities, authorities))
                return same.Invoker;
            current?.Invoker.Dispose(); // closes idle connections; those in use close when they are done
            current = new Connections(
                new HttpMessageInvoker(ConnectionFactory.Create(configuration, authorities, certificate)),
                certificate,
                authorities);
            return current.Invoker;
        }
    }

    sealed record Connections(
        HttpMessageInvoker Invoker, ClientCertificate? Certificate, X509Certificate2Collection? Authorities);
}
