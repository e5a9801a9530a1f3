using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Cluster;

/// <summary>The refusals of an API server, in its words.</summary>
internal static class Failures
{
    public static KubernetesException NotFound(ClusterKind kind, string name) =>
        Make(404, "NotFound", $"{kind.Resource} \"{name}\" not found");

    public static KubernetesException UnknownKind(string what) =>
        Make(404, "NotFound", $"the server could not find the requested resource: {what}");

    public static KubernetesException AlreadyExists(ClusterKind kind, string name) =>
        Make(409, "AlreadyExists", $"{kind.Resource} \"{name}\" already exists");

    public static KubernetesException Conflict(ClusterKind kind, string name, string why) =>
        Make(409, "Conflict", $"Operation cannot be fulfilled on {kind.Resource} \"{name}\": {why}");

    public static KubernetesException ApplyConflict(IReadOnlyList<V1StatusCause> causes) => Make(
        409, "Conflict",
        $"Apply failed with {causes.Count} conflicts: {string.Join("; ", causes.Select(cause => cause.Message))}",
        causes);

    public static KubernetesException Invalid(
        ClusterKind kind, string name, IReadOnlyList<V1StatusCause> causes) => Make(
        422, "Invalid",
        $"{kind.Kind}.{kind.Group} \"{name}\" is invalid: "
            + string.Join(", ", causes.Select(cause => $"{cause.Field}: {cause.Message}")),
        causes);

    public static KubernetesException Invalid(ClusterKind kind, string name, string field, string why) =>
        Invalid(kind, name, [new V1StatusCause { Reason = "FieldValueInvalid", Field = field, Message = why }]);

    public static KubernetesException BadRequest(string why) => Make(400, "BadRequest", why);

    public static KubernetesException UnsupportedPatch(string why) => Make(415, "UnsupportedMediaType", why);

    public static KubernetesException NamespaceTerminating(ClusterKind kind, string name, string namespaceName) => Make(
        403, "Forbidden",
        $"{kind.Resource} \"{name}\" is forbidden: unable to create new content in namespace {namespaceName} because "
            + "it is being terminated",
        [
            new V1StatusCause
            {
                Reason = "NamespaceTerminating",
                Message = $"namespace {namespaceName} is being terminated",
                Field = "metadata.namespace",
            },
        ]);

    public static V1Status Expired(string version, long oldest) => new()
    {
        Status = "Failure",
        Code = 410,
        Reason = "Expired",
        Message = $"too old resource version: {version} ({oldest})",
    };

    public static KubernetesException TooLarge(string version, long newest) => new(new V1Status
    {
        Status = "Failure",
        Code = 504,
        Reason = "Timeout",
        Message = $"Too large resource version: {version}, current: {newest}",
        Details = new V1StatusDetails
        {
            RetryAfterSeconds = 1,
            Causes = [new V1StatusCause { Reason = "ResourceVersionTooLarge", Message = "Too large resource version" }],
        },
    });

    static KubernetesException Make(
        int code, string reason, string message, IReadOnlyList<V1StatusCause>? causes = null) =>
        new(new V1Status
        {
            Kind = "Status",
            ApiVersion = "v1",
            Status = "Failure",
            Code = code,
            Reason = reason,
            Message = message,
            Details = causes is null ? null : new V1StatusDetails { Causes = causes },
        });
}
