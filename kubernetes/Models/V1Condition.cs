namespace Kombo.Kubernetes.Models;

/// <summary>One line of a status, keyed by its type.</summary>
public sealed record V1Condition
{
    public required string Type { get; init; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public required string Status { get; init; }

    public string? Reason { get; init; }
    public string? Message { get; init; }
    public long? ObservedGeneration { get; init; }

    /// <summary>When <see cref="Status"/> last changed, and only that.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }
}
