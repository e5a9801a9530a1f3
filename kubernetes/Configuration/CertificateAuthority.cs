using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Kombo.Kubernetes.Configuration;

/// <summary>The only authorities that may vouch for the server. Re-read, since authorities are rotated.</summary>
internal sealed class CertificateAuthority
{
    readonly ReloadedFile<Loaded> file;

    public CertificateAuthority(PemSource source, TimeProvider clock, ILogger logger) => file = new ReloadedFile<Loaded>(
        previous =>
        {
            var text = source.Read();
            return previous?.Text == text ? previous : new Loaded(text, Parse(text));
        },
        TimeSpan.FromMinutes(5), clock, logger);

    /// <returns>The same instance as long as the content is the same.</returns>
    public X509Certificate2Collection Get() => file.Get(refresh: false).Certificates;

    static X509Certificate2Collection Parse(string text)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(text);
        return certificates.Count > 0 ? certificates : throw new CryptographicException("the certificate authority holds no certificate");
    }

    sealed record Loaded(string Text, X509Certificate2Collection Certificates);
}
