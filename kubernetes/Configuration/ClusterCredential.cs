using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace Kombo.Kubernetes.Configuration;

/// <summary>What to show to the API server with a request.</summary>
/// <param name="Certificate">The same instance as long as it is the same certificate: a new one means new connections.</param>
internal sealed record ClusterCredential(AuthenticationHeaderValue? Authorization, ClientCertificate? Certificate)
{
    public static ClusterCredential Anonymous { get; } = new(null, null);

    // Never print what it holds.
    public override string ToString() => nameof(ClusterCredential);
}

/// <summary>A client certificate with its key and the intermediates to send along.</summary>
internal sealed record ClientCertificate(X509Certificate2 Leaf, X509Certificate2Collection Intermediates)
{
    /// <exception cref="System.Security.Cryptography.CryptographicException">Not a certificate and its key in PEM.</exception>
    public static ClientCertificate FromPem(string certificates, string key)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(certificates);
        var leaf = X509Certificate2.CreateFromPem(certificates, key);
        return new ClientCertificate(leaf, [.. all.Skip(1)]);
    }
}

/// <summary>Source of credentials. Safe to call for each request: what is read or run is cached.</summary>
internal interface IClusterCredentials
{
    /// <param name="refresh">The last credential was refused (401): forget what is cached.</param>
    ValueTask<ClusterCredential> GetAsync(bool refresh, CancellationToken cancellationToken);
}

/// <summary>Never changes: inline token, password, certificate data, or nothing.</summary>
internal sealed class FixedCredentials(ClusterCredential credential) : IClusterCredentials
{
    public ValueTask<ClusterCredential> GetAsync(bool refresh, CancellationToken cancellationToken) => new(credential);
}

/// <summary>A token of one source with a certificate of another.</summary>
internal sealed class CombinedCredentials(IClusterCredentials token, IClusterCredentials certificate) : IClusterCredentials
{
    public async ValueTask<ClusterCredential> GetAsync(bool refresh, CancellationToken cancellationToken) => new(
        (await token.GetAsync(refresh, cancellationToken)).Authorization,
        (await certificate.GetAsync(refresh, cancellationToken)).Certificate);
}
