namespace Kombo.Kubernetes.Models;

public sealed record V1Volume
{
    public string? Name { get; init; }
    public V1SecretVolumeSource? Secret { get; init; }
    public V1ConfigMapVolumeSource? ConfigMap { get; init; }
    public V1EmptyDirVolumeSource? EmptyDir { get; init; }
    public V1ProjectedVolumeSource? Projected { get; init; }
}

public sealed record V1SecretVolumeSource
{
    public string? SecretName { get; init; }
    public int? DefaultMode { get; init; }
    public bool? Optional { get; init; }
    public IReadOnlyList<V1KeyToPath>? Items { get; init; }
}

public sealed record V1ConfigMapVolumeSource
{
    public string? Name { get; init; }
    public int? DefaultMode { get; init; }
    public bool? Optional { get; init; }
    public IReadOnlyList<V1KeyToPath>? Items { get; init; }
}

public sealed record V1KeyToPath
{
    public string? Key { get; init; }
    public string? Path { get; init; }
    public int? Mode { get; init; }
}

public sealed record V1EmptyDirVolumeSource
{
    public string? Medium { get; init; }
    public string? SizeLimit { get; init; }
}

public sealed record V1ProjectedVolumeSource
{
    public int? DefaultMode { get; init; }
    public IReadOnlyList<V1VolumeProjection>? Sources { get; init; }
}

public sealed record V1VolumeProjection
{
    public V1ConfigMapVolumeSource? ConfigMap { get; init; }
    public V1ServiceAccountTokenProjection? ServiceAccountToken { get; init; }
}

public sealed record V1ServiceAccountTokenProjection
{
    public string? Audience { get; init; }
    public long? ExpirationSeconds { get; init; }
    public string? Path { get; init; }
}
