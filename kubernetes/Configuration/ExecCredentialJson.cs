using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kombo.Kubernetes.Configuration;

internal sealed record ExecCredentialRequest
{
    public required string ApiVersion { get; init; }
    public string Kind { get; } = "ExecCredential";
    public required ExecCredentialSpec Spec { get; init; }
}

internal sealed record ExecCredentialSpec
{
    public bool Interactive { get; }
    public ExecClusterInfo? Cluster { get; init; }
}

/// <summary>The cluster that the credential is for; sent to plugins that ask for it.</summary>
internal sealed record ExecClusterInfo
{
    public required string Server { get; init; }

    [JsonPropertyName("tls-server-name")]
    public string? TlsServerName { get; init; }

    [JsonPropertyName("insecure-skip-tls-verify")]
    public bool? InsecureSkipTlsVerify { get; init; }

    [JsonPropertyName("certificate-authority-data")]
    public string? CertificateAuthorityData { get; init; }

    [JsonPropertyName("proxy-url")]
    public string? ProxyUrl { get; init; }

    public JsonElement? Config { get; init; }
}

internal sealed record ExecCredentialAnswer
{
    public string? ApiVersion { get; init; }
    public string? Kind { get; init; }
    public ExecCredentialStatus? Status { get; init; }
}

internal sealed record ExecCredentialStatus
{
    public string? Token { get; init; }
    public string? ClientCertificateData { get; init; }
    public string? ClientKeyData { get; init; }
    public DateTimeOffset? ExpirationTimestamp { get; init; }

    public override string ToString() => nameof(ExecCredentialStatus);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExecCredentialRequest))]
[JsonSerializable(typeof(ExecCredentialAnswer))]
internal sealed partial class ExecJsonContext : JsonSerializerContext;
