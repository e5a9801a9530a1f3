using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Kombo.Kubernetes.Configuration;

/// <summary>
/// A value made of files that others replace. Read again when it is older than <paramref name="maxAge"/>; as long as the files
/// cannot be read the old value stays, because a replacement in progress looks like that.
/// </summary>
/// <param name="read">Throws <see cref="IOException"/>, <see cref="UnauthorizedAccessException"/> or
/// <see cref="CryptographicException"/>; gets the previous value so that it can return the same instance when nothing changed.</param>
internal sealed partial class ReloadedFile<T>(Func<T?, T> read, TimeSpan maxAge, TimeProvider clock, ILogger logger)
    where T : class
{
    readonly Lock gate = new();
    T? value;
    long readAt;

    public T Get(bool refresh)
    {
        lock (gate)
        {
            if (value is not null && !refresh && clock.GetElapsedTime(readAt) < maxAge)
                return value;
            try
            {
                value = read(value);
            }
            catch (Exception exception) when (value is not null
                && exception is IOException or UnauthorizedAccessException or CryptographicException)
            {
                LogKept(exception.Message);
            }
            readAt = clock.GetTimestamp();
            return value;
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "Kept the previous credentials, the new ones cannot be read: {Problem}")]
    partial void LogKept(string problem);
}

/// <summary>A bearer token in a file; projected ones are replaced long before they end.</summary>
internal sealed class TokenFileCredentials(string path, TimeProvider clock, ILogger logger) : IClusterCredentials
{
    readonly ReloadedFile<ClusterCredential> file = new(
        previous =>
        {
            var token = File.ReadAllText(path).Trim();
            if (token.Length == 0)
                throw new IOException($"token file {path} is empty");
            return previous?.Authorization?.Parameter == token
                ? previous
                : new ClusterCredential(new AuthenticationHeaderValue("Bearer", token), null);
        },
        TimeSpan.FromMinutes(1), clock, logger);

    public ValueTask<ClusterCredential> GetAsync(bool refresh, CancellationToken cancellationToken) => new(file.Get(refresh));
}

/// <summary>A client certificate and its key in files, each of which may be inline data instead.</summary>
internal sealed class CertificateFileCredentials : IClusterCredentials
{
    readonly ReloadedFile<Loaded> file;

    public CertificateFileCredentials(PemSource certificate, PemSource key, TimeProvider clock, ILogger logger) =>
        file = new ReloadedFile<Loaded>(
            previous =>
            {
                var (certificateText, keyText) = (certificate.Read(), key.Read());
                return previous is not null && previous.Text == certificateText + keyText
                    ? previous
                    : new Loaded(certificateText + keyText,
                        new ClusterCredential(null, ClientCertificate.FromPem(certificateText, keyText)));
            },
            TimeSpan.FromMinutes(5), clock, logger);

    public ValueTask<ClusterCredential> GetAsync(bool refresh, CancellationToken cancellationToken) =>
        new(file.Get(refresh: false).Credential); // a refused certificate is not mended by reading it again at once

    sealed record Loaded(string Text, ClusterCredential Credential);
}

/// <summary>PEM text: inline (base64 in a kubeconfig) or in a file.</summary>
internal sealed record PemSource(string? Data, string? Path)
{
    public bool IsPresent => Data is not null || Path is not null;

    /// <exception cref="KubeConfigException">The data is not base64.</exception>
    public string Read()
    {
        if (Data is null)
            return File.ReadAllText(Path ?? throw new InvalidOperationException("neither data nor a file"));
        try
        {
            return System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(Data));
        }
        catch (FormatException)
        {
            throw new KubeConfigException("kubeconfig: certificate or key data is not base64");
        }
    }
}
