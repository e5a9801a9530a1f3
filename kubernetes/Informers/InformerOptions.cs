using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Informers;

/// <summary>What an informer holds.</summary>
public sealed record InformerOptions<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Empty: every namespace. Otherwise one list and watch for each.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    public IReadOnlyList<Indexer<T>> Indexers { get; init; } = [];

    /// <summary>Takes away what nobody reads before an object is stored.</summary>
    public Func<T, T> Transform { get; init; } = entity => entity;

    /// <summary>Objects a page, where the server pages at all.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>After about this time everything is listed again, to heal what was overlooked.</summary>
    public TimeSpan ListAgainAfter { get; init; } = TimeSpan.FromHours(4);
}

/// <summary>Called on the informer's own loop, one change after the other: be quick, do not wait.</summary>
/// <param name="Updated">Old, then new.</param>
/// <param name="Deleted">With the last copy seen, which may be stale.</param>
public sealed record InformerHandler<T>(Action<T> Added, Action<T, T> Updated, Action<T> Deleted)
{
    /// <summary>One act for whatever happened, given the newest copy.</summary>
    public static implicit operator InformerHandler<T>(Action<T> changed) => new(changed, (_, entity) => changed(entity), changed);
}
