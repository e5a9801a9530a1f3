using System.Collections.Immutable;

namespace Kombo.Kubernetes.Configuration;

/// <summary>A kubeconfig, read but not interpreted. Paths are absolute.</summary>
internal sealed record KubeConfig(
    string? CurrentContext,
    ImmutableDictionary<string, KubeContext> Contexts,
    ImmutableDictionary<string, KubeCluster> Clusters,
    ImmutableDictionary<string, KubeUser> Users)
{
    public static KubeConfig Empty { get; } = new(
        CurrentContext: null,
        ImmutableDictionary<string, KubeContext>.Empty,
        ImmutableDictionary<string, KubeCluster>.Empty,
        ImmutableDictionary<string, KubeUser>.Empty);

    /// <summary>What this one says wins; the other one adds what is missing, entry by entry.</summary>
    public KubeConfig Merge(KubeConfig other) => new(
        string.IsNullOrEmpty(CurrentContext) ? other.CurrentContext : CurrentContext,
        other.Contexts.SetItems(Contexts),
        other.Clusters.SetItems(Clusters),
        other.Users.SetItems(Users));
}

internal sealed record KubeContext(string Cluster, string? User, string? Namespace);

internal sealed record KubeCluster
{
    public required string Server { get; init; }
    public string? CertificateAuthority { get; init; }
    public string? CertificateAuthorityData { get; init; }
    public bool InsecureSkipTlsVerify { get; init; }
    public string? TlsServerName { get; init; }
    public string? ProxyUrl { get; init; }

    /// <summary>Extension <c>client.authentication.k8s.io/exec</c> as JSON: handed to exec plugins that ask for it.</summary>
    public string? ExecExtension { get; init; }
}

internal sealed record KubeUser
{
    public string? Token { get; init; }
    public string? TokenFile { get; init; }
    public string? ClientCertificate { get; init; }
    public string? ClientCertificateData { get; init; }
    public string? ClientKey { get; init; }
    public string? ClientKeyData { get; init; }
    public string? Username { get; init; }
    public string? Password { get; init; }
    public KubeExec? Exec { get; init; }
    public Impersonation? Impersonation { get; init; }
    public string? AuthProvider { get; init; }
}

internal sealed record KubeExec
{
    public required string Command { get; init; }
    public required string ApiVersion { get; init; }
    public ImmutableArray<string> Arguments { get; init; } = [];
    public ImmutableArray<KeyValuePair<string, string>> Environment { get; init; } = [];
    public string? InstallHint { get; init; }
    public string? InteractiveMode { get; init; }
    public bool ProvideClusterInfo { get; init; }
}

/// <summary>Acting as somebody else, as far as the real user may.</summary>
public sealed record Impersonation(
    string User, string? Uid, ImmutableArray<string> Groups, ImmutableArray<KeyValuePair<string, string>> Extra);
