namespace Kombo.Kubernetes.Models;

/// <summary>The answer to a request that has no object to return, mostly an error.</summary>
public sealed record V1Status
{
    public string? ApiVersion { get; init; }
    public string? Kind { get; init; }
    public string? Status { get; init; }
    public string? Message { get; init; }

    /// <summary>A word for programs; tells errors of one code apart.</summary>
    public string? Reason { get; init; }

    public int? Code { get; init; }
    public V1StatusDetails? Details { get; init; }
}

public sealed record V1StatusDetails
{
    public string? Name { get; init; }
    public string? Group { get; init; }
    public string? Kind { get; init; }
    public string? Uid { get; init; }
    public int? RetryAfterSeconds { get; init; }
    public IReadOnlyList<V1StatusCause>? Causes { get; init; }
}

public sealed record V1StatusCause
{
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public string? Field { get; init; }
}
