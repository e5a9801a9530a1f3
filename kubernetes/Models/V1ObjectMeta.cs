using System.Text.Json.Serialization;

namespace Kombo.Kubernetes.Models;

/// <summary>Metadata of an object. <c>managedFields</c> is left out on purpose: it is large and nothing of ours reads it.</summary>
public sealed record V1ObjectMeta
{
    internal static V1ObjectMeta Empty { get; } = new();

    public string? Name { get; init; }
    public string? GenerateName { get; init; }

    /// <summary>Null for cluster-scoped objects.</summary>
    [JsonPropertyName("namespace")]
    public string? NamespaceProperty { get; init; }

    public string? Uid { get; init; }

    /// <summary>Opaque: compare for equality only.</summary>
    public string? ResourceVersion { get; init; }

    public long? Generation { get; init; }
    public DateTimeOffset? CreationTimestamp { get; init; }
    public DateTimeOffset? DeletionTimestamp { get; init; }
    public long? DeletionGracePeriodSeconds { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
    public IReadOnlyList<string>? Finalizers { get; init; }
    public IReadOnlyList<V1OwnerReference>? OwnerReferences { get; init; }
}

public sealed record V1OwnerReference
{
    public string? ApiVersion { get; init; }
    public string? Kind { get; init; }
    public string? Name { get; init; }
    public string? Uid { get; init; }
    public bool? Controller { get; init; }
    public bool? BlockOwnerDeletion { get; init; }
}

public sealed record V1ListMeta
{
    public string? ResourceVersion { get; init; }

    /// <summary>Token of the next page; null or empty at the end.</summary>
    public string? Continue { get; init; }

    public long? RemainingItemCount { get; init; }
}

/// <summary>One page of a list.</summary>
public sealed record KubernetesList<T>(V1ListMeta Metadata, IReadOnlyList<T> Items)
{
    /// <summary>Objects that are there but could not be read as a <typeparamref name="T"/>; each was logged.</summary>
    public IReadOnlyList<NamespacedName> Undecodable { get; init; } = [];
}
