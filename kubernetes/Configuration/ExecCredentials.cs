using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Kombo.Kubernetes.Configuration;

/// <summary>Credentials that a program prints. Kept until they end, with a margin; a refusal runs it once more.</summary>
internal sealed class ExecCredentials(ExecPlugin plugin, TimeProvider clock) : IClusterCredentials, IDisposable
{
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    readonly SemaphoreSlim gate = new(1, 1);
    Cached? cached;

    public async ValueTask<ClusterCredential> GetAsync(bool refresh, CancellationToken cancellationToken)
    {
        var seen = Volatile.Read(ref cached);
        if (seen is not null && !refresh && IsFresh(seen))
            return seen.Credential;
        await gate.WaitAsync(cancellationToken);
        try
        {
            // Another request may have run the program while this one waited.
            if (cached is { } current && !ReferenceEquals(current, seen) && IsFresh(current))
                return current.Credential;
            var status = await plugin.RunAsync(cancellationToken);
            cached = new Cached(ToCredential(status), status.ExpirationTimestamp, status.ClientCertificateData);
            return cached.Credential;
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    bool IsFresh(Cached entry) => entry.EndsAt is not { } end || clock.GetUtcNow() < end - Margin;

    ClusterCredential ToCredential(ExecCredentialStatus status)
    {
        var authorization = status.Token is { Length: > 0 } token ? new AuthenticationHeaderValue("Bearer", token) : null;
        if (status.ClientCertificateData is not { Length: > 0 } certificate)
            return new ClusterCredential(authorization, null);
        if (cached is { Credential.Certificate: { } same } && cached.CertificateText == certificate)
            return new ClusterCredential(authorization, same);
        try
        {
            return new ClusterCredential(authorization, ClientCertificate.FromPem(certificate, status.ClientKeyData ?? ""));
        }
        catch (CryptographicException exception)
        {
            throw plugin.Error("printed a certificate or key that cannot be read", exception);
        }
    }

    sealed record Cached(ClusterCredential Credential, DateTimeOffset? EndsAt, string? CertificateText);
}
