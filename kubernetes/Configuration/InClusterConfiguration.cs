namespace Kombo.Kubernetes.Configuration;

/// <summary>The configuration that every pod with a service account finds in its file system.</summary>
internal static class InClusterConfiguration
{
    const string HostVariable = "KUBERNETES_SERVICE_HOST";
    const string PortVariable = "KUBERNETES_SERVICE_PORT";

    public static bool IsPresent(ConfigurationSources sources) =>
        !string.IsNullOrEmpty(sources.Variable(HostVariable))
        && !string.IsNullOrEmpty(sources.Variable(PortVariable))
        && File.Exists(TokenPath(sources));

    public static KubernetesClientConfiguration Build(ConfigurationSources sources, ConfigurationRequest request)
    {
        var logger = request.LoggerFactory.CreateLogger("Kombo.Kubernetes.Configuration");
        var host = sources.Variable(HostVariable);
        var address = host!.Contains(':') ? $"[{host}]" : host; // present, see IsPresent; IPv6 stands in brackets
        return new KubernetesClientConfiguration(new Uri($"https://{address}:{sources.Variable(PortVariable)}/"))
        {
            Namespace = ReadNamespace(sources),
            Credentials = new TokenFileCredentials(TokenPath(sources), request.Clock, logger),
            CertificateAuthority = new CertificateAuthority(
                new PemSource(Data: null, Path.Combine(sources.ServiceAccountFolder, "ca.crt")), request.Clock, logger),
        };
    }

    static string TokenPath(ConfigurationSources sources) => Path.Combine(sources.ServiceAccountFolder, "token");

    static string? ReadNamespace(ConfigurationSources sources)
    {
        var path = Path.Combine(sources.ServiceAccountFolder, "namespace");
        return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } name ? name : null;
    }
}
