using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes;

/// <summary>The API server refused, or could not be reached (<see cref="IsConnectionFailure"/>: the outcome is unknown).</summary>
public sealed class KubernetesException : Exception
{
    internal const string ConnectionFailed = "ConnectionFailed";
    internal const string Undecodable = "Undecodable";

    public KubernetesException(V1Status status, Exception? innerException = null)
        : base(status.Message ?? status.Reason ?? $"the API server answered {status.Code}", innerException) => Status = status;

    public V1Status Status { get; }

    /// <summary>The HTTP status; 0 when there was no answer.</summary>
    public int Code => Status.Code ?? 0;

    public bool IsNotFound => Code == 404;

    /// <summary>A create met an object of the same name. Not a conflict: the code is the same, the reason differs.</summary>
    public bool IsAlreadyExists => Status.Reason == "AlreadyExists";

    /// <summary>A write met a newer version, or a field that another manager owns.</summary>
    public bool IsConflict => Code == 409 && !IsAlreadyExists;

    /// <summary>The resource version is too old to go on from: list again.</summary>
    public bool IsGone => Code == 410 || Status.Reason is "Expired" or "Gone";

    /// <summary>The cache of the server has not got so far yet: list again without a version.</summary>
    public bool IsTooLargeResourceVersion =>
        Status.Details?.Causes?.Any(cause => cause.Reason == "ResourceVersionTooLarge") == true
        || Status.Message?.Contains("Too large resource version", StringComparison.Ordinal) == true;

    /// <summary>The object breaks its schema: no retry mends it.</summary>
    public bool IsInvalid => Code == 422;

    public bool IsTooManyRequests => Code == 429;

    public bool IsUnauthorized => Code == 401;

    public bool IsForbidden => Code == 403 && !IsNamespaceTerminating;

    /// <summary>Nothing can be created in a namespace that is being deleted: a normal end.</summary>
    public bool IsNamespaceTerminating => Code == 403
        && (Status.Details?.Causes?.Any(cause => cause.Reason == "NamespaceTerminating") == true
            || Status.Message?.Contains("being terminated", StringComparison.Ordinal) == true);

    /// <summary>The request may or may not have been carried out.</summary>
    public bool IsConnectionFailure => Status.Reason == ConnectionFailed;

    public bool IsServerError => Code >= 500;

    /// <summary>How long the server asks to wait; null if it does not.</summary>
    public TimeSpan? RetryAfter => Status.Details?.RetryAfterSeconds is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null;
}
