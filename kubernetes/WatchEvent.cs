using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes;

public enum WatchEventType
{
    Added,
    Modified,
    Deleted,

    /// <summary>Carries a resource version and nothing else.</summary>
    Bookmark,

    /// <summary>Carries a status; the watch ends after it.</summary>
    Error,
}

/// <param name="Entity">Null for bookmarks and errors, and for a deletion whose object cannot be read.</param>
/// <param name="ResourceVersion">Where to go on from; null for errors.</param>
/// <param name="Status">Only for errors.</param>
public sealed record WatchEvent<T>(WatchEventType Type, T? Entity, string? ResourceVersion, V1Status? Status = null)
    where T : class
{
    /// <summary>Only for a deletion whose object cannot be read.</summary>
    public NamespacedName? Unreadable { get; init; }
}
