using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Kombo.Kubernetes.Configuration;

/// <summary>Turns one context of a merged kubeconfig into a configuration; a mistake is named with its entry.</summary>
internal static partial class KubeConfigInterpreter
{
    public static KubernetesClientConfiguration Interpret(KubeConfig config, ConfigurationRequest request)
    {
        var contextName = request.Context ?? config.CurrentContext
            ?? throw new KubeConfigException("kubeconfig: no current-context is set; name a context");
        var context = config.Contexts.GetValueOrDefault(contextName)
            ?? throw new KubeConfigException($"kubeconfig: there is no context \"{contextName}\"");
        var cluster = config.Clusters.GetValueOrDefault(context.Cluster)
            ?? throw new KubeConfigException($"kubeconfig: context \"{contextName}\" names the cluster \"{context.Cluster}\", which is not there");
        var user = context.User is { Length: > 0 } userName
            ? config.Users.GetValueOrDefault(userName)
                ?? throw new KubeConfigException($"kubeconfig: context \"{contextName}\" names the user \"{userName}\", which is not there")
            : new KubeUser();
        return Build(context, cluster, user, request);
    }

    static KubernetesClientConfiguration Build(
        KubeContext context, KubeCluster cluster, KubeUser user, ConfigurationRequest request)
    {
        var logger = request.LoggerFactory.CreateLogger("Kombo.Kubernetes.Configuration");
        var authority = new PemSource(cluster.CertificateAuthorityData, cluster.CertificateAuthority);
        if (cluster.InsecureSkipTlsVerify && authority.IsPresent)
            throw new KubeConfigException(
                $"kubeconfig: cluster \"{context.Cluster}\" has both a certificate authority and insecure-skip-tls-verify; keep one");
        // The name is set on a connection of our own making, which no proxy is asked for.
        if (cluster is { TlsServerName: not null, ProxyUrl: not null })
            throw new KubeConfigException(
                $"kubeconfig: cluster \"{context.Cluster}\" has both tls-server-name and proxy-url, which cannot be used together: keep one");
        if (cluster.InsecureSkipTlsVerify)
            LogInsecure(logger, context.Cluster);
        return new KubernetesClientConfiguration(Address(cluster.Server, $"cluster \"{context.Cluster}\": server"))
        {
            Namespace = context.Namespace,
            TlsServerName = cluster.TlsServerName,
            SkipTlsVerify = cluster.InsecureSkipTlsVerify,
            ProxyUrl = cluster.ProxyUrl is { } proxy ? Address(proxy, $"cluster \"{context.Cluster}\": proxy-url") : null,
            Impersonation = user.Impersonation,
            CertificateAuthority = authority.IsPresent ? new CertificateAuthority(authority, request.Clock, logger) : null,
            Credentials = Credentials(context.User ?? "", user, cluster, request),
        };
    }

    static Uri Address(string text, string field) =>
        Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out var address)
            ? address
            : throw new KubeConfigException($"kubeconfig: {field} is not an address like https://host:6443");

    static IClusterCredentials Credentials(string name, KubeUser user, KubeCluster cluster, ConfigurationRequest request)
    {
        if (user.AuthProvider is { } provider)
            throw new KubeConfigException(
                $"kubeconfig: user \"{name}\" uses the auth-provider \"{provider}\", which Kubernetes removed; use an exec plugin");
        var certificate = new PemSource(user.ClientCertificateData, user.ClientCertificate);
        var key = new PemSource(user.ClientKeyData, user.ClientKey);
        if (certificate.IsPresent != key.IsPresent)
            throw new KubeConfigException($"kubeconfig: user \"{name}\" has a client certificate without its key, or the reverse");
        var token = TokenCredentials(user, cluster, request);
        if (!certificate.IsPresent)
            return token ?? new FixedCredentials(ClusterCredential.Anonymous);
        var files = new CertificateFileCredentials(certificate, key, request.Clock, Logger(request));
        return token is null ? files : new CombinedCredentials(token, files);
    }

    // The order of client-go: a token file beats an inline token, both beat a password, which beats a plugin.
    static IClusterCredentials? TokenCredentials(KubeUser user, KubeCluster cluster, ConfigurationRequest request) => user switch
    {
        { TokenFile: { } file } => new TokenFileCredentials(file, request.Clock, Logger(request)),
        { Token: { } token } => Fixed(new AuthenticationHeaderValue("Bearer", token)),
        { Username: { } name } => Fixed(new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{user.Password}")))),
        { Exec: { } exec } => new ExecCredentials(
            new ExecPlugin(exec, ClusterInfo(cluster), request.ExecTimeout, request.Clock), request.Clock),
        _ => null,
    };

    static FixedCredentials Fixed(AuthenticationHeaderValue header) => new(new ClusterCredential(header, null));

    static ILogger Logger(ConfigurationRequest request) => request.LoggerFactory.CreateLogger("Kombo.Kubernetes.Configuration");

    static ExecClusterInfo ClusterInfo(KubeCluster cluster) => new()
    {
        Server = cluster.Server,
        TlsServerName = cluster.TlsServerName,
        InsecureSkipTlsVerify = cluster.InsecureSkipTlsVerify ? true : null,
        CertificateAuthorityData = cluster.CertificateAuthorityData
            ?? (cluster.CertificateAuthority is { } file && File.Exists(file)
                ? Convert.ToBase64String(File.ReadAllBytes(file))
                : null),
        ProxyUrl = cluster.ProxyUrl,
        Config = cluster.ExecExtension is { } json ? JsonDocument.Parse(json).RootElement : null,
    };

    [LoggerMessage(2011, LogLevel.Warning, "Cluster {Cluster}: the server's certificate is not verified (insecure-skip-tls-verify)")]
    static partial void LogInsecure(ILogger logger, string cluster);
}
