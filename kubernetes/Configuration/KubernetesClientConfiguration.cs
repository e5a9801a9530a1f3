using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Kubernetes.Configuration;

/// <summary>Which cluster to talk to, as whom, and whom to trust.</summary>
public sealed class KubernetesClientConfiguration
{
    internal KubernetesClientConfiguration(Uri host) => Host = host;

    public Uri Host { get; }

    /// <summary>Of the context, or the pod's own; null when neither says.</summary>
    public string? Namespace { get; init; }

    /// <summary>Name for the TLS handshake and the check of the certificate, not for the Host header; null: the host's.</summary>
    public string? TlsServerName { get; init; }

    public bool SkipTlsVerify { get; init; }

    public Uri? ProxyUrl { get; init; }

    public Impersonation? Impersonation { get; init; }

    /// <summary>Null: the authorities of the machine.</summary>
    internal CertificateAuthority? CertificateAuthority { get; init; }

    internal IClusterCredentials Credentials { get; init; } = new FixedCredentials(ClusterCredential.Anonymous);

    /// <summary>
    /// An explicit file, else <c>KUBECONFIG</c>, else the pod's service account, else <c>~/.kube/config</c>.
    /// </summary>
    /// <exception cref="KubeConfigException">None of them, or one that cannot be used.</exception>
    public static KubernetesClientConfiguration BuildDefaultConfig(ConfigurationRequest request) => Build(request, ConfigurationSources.System);

    /// <summary>True inside a pod that has a service account.</summary>
    public static bool IsInCluster() => InClusterConfiguration.IsPresent(ConfigurationSources.System);

    internal static KubernetesClientConfiguration Build(ConfigurationRequest request, ConfigurationSources sources)
    {
        if (request.KubeConfigPath is { Length: > 0 } path)
            return KubeConfigInterpreter.Interpret(KubeConfigLoader.LoadFile(path), request);
        if (sources.Variable("KUBECONFIG") is { Length: > 0 } list)
            return KubeConfigInterpreter.Interpret(KubeConfigLoader.LoadList(list), request);
        if (InClusterConfiguration.IsPresent(sources))
            return InClusterConfiguration.Build(sources, request);
        var home = Path.Combine(sources.HomeFolder, ".kube", "config");
        return File.Exists(home)
            ? KubeConfigInterpreter.Interpret(KubeConfigLoader.LoadFile(home), request)
            : throw new KubeConfigException(
                $"no cluster is configured: pass --kubeconfig, set KUBECONFIG, run in a pod, or create {home}");
    }
}

/// <summary>How to choose among configurations.</summary>
public sealed record ConfigurationRequest
{
    /// <summary>Beats everything else.</summary>
    public string? KubeConfigPath { get; init; }

    /// <summary>Null: the current context of the file.</summary>
    public string? Context { get; init; }

    /// <summary>How long an exec plugin may take.</summary>
    public TimeSpan ExecTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
