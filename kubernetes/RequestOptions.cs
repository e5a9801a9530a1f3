namespace Kombo.Kubernetes;

/// <param name="ResourceVersion">Null: the newest; <c>0</c>: whatever the server has in its cache.</param>
/// <param name="Continue">The token of the previous page; the other options must be as they were there.</param>
public sealed record ListOptions(
    string? LabelSelector = null,
    string? FieldSelector = null,
    int? Limit = null,
    string? Continue = null,
    string? ResourceVersion = null)
{
    public static ListOptions All { get; } = new();
}

/// <param name="ResourceVersion">Changes after this version, normally that of a list.</param>
/// <param name="Timeout">The server closes the watch after this time; null: when it likes to.</param>
public sealed record WatchOptions(
    string? LabelSelector = null,
    string? FieldSelector = null,
    string? ResourceVersion = null,
    TimeSpan? Timeout = null);

/// <param name="FieldManager">Required for server-side apply.</param>
/// <param name="Force">Server-side apply takes fields that another manager owns.</param>
public sealed record PatchOptions(string? FieldManager = null, bool Force = false)
{
    public static PatchOptions None { get; } = new();
}

public enum PropagationPolicy
{
    Background,
    Foreground,
    Orphan,
}

/// <param name="Uid">Delete only this very object, not a later one of the same name.</param>
/// <param name="ResourceVersion">Delete only if nobody changed it since.</param>
public sealed record DeleteOptions(
    PropagationPolicy Propagation = PropagationPolicy.Background,
    string? Uid = null,
    string? ResourceVersion = null)
{
    public static DeleteOptions Background { get; } = new();
}
