using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kombo.Kubernetes;

namespace Kombo.Standalone.Cluster;

/// <summary>What an API server looks at before it stores an object; a refusal is an exception.</summary>
internal static partial class ObjectChecks
{
    public static void CheckIdentity(StoredObject live, JsonObject wanted, Subresource subresource)
    {
        var metadata = ObjectWriter.Metadata(wanted);
        if (metadata["resourceVersion"]?.GetValue<string>() is { Length: > 0 } version
            && version != live.Version.ToString(CultureInfo.InvariantCulture))
            throw Failures.Conflict(live.Kind, live.Name,
                "the object has been modified; please apply your changes to the latest version and try again");
        // A server takes nothing but the status from a request for the status, so it does not look at the uid there.
        if (subresource == Subresource.None
            && metadata["uid"]?.GetValue<string>() is { Length: > 0 } uid && uid != live.Uid)
            throw Failures.Invalid(
                live.Kind, live.Name, "metadata.uid", $"Invalid value: \"{uid}\": field is immutable");
        if (metadata["name"]?.GetValue<string>() is { } name && name != live.Name)
            throw Failures.BadRequest(
                $"the name of the object ({name}) does not match the name on the URL ({live.Name})");
        if (metadata["namespace"]?.GetValue<string>() is { } home && home != live.Key.Namespace)
            throw Failures.BadRequest("the namespace of the object does not match the namespace on the request");
        var added = (metadata["finalizers"] as JsonArray ?? []).Select(item => item?.ToString())
            .Except((live.Metadata["finalizers"] as JsonArray ?? []).Select(item => item?.ToString()));
        if (live.IsDeleting && added.Any())
            throw Failures.Invalid(live.Kind, live.Name, "metadata.finalizers",
                "Forbidden: no new finalizers can be added if the object is being deleted");
    }

    public static void CheckNamespace(ClusterStore store, ClusterKind kind, NamespacedName key)
    {
        if (!kind.IsNamespaced)
            return;
        var home = store.Find(store.KindOf("", "namespaces"), new NamespacedName("", key.Namespace))
            ?? throw Failures.NotFound(store.KindOf("", "namespaces"), key.Namespace);
        if (home.IsDeleting)
            throw Failures.NamespaceTerminating(kind, key.Name, key.Namespace);
    }

    public static void CheckName(ClusterKind kind, NamespacedName key)
    {
        if (key.Name.Length is 0 or > 253 || !DnsName().IsMatch(key.Name))
            throw Failures.Invalid(kind, key.Name, "metadata.name",
                $"Invalid value: \"{key.Name}\": a lowercase RFC 1123 subdomain must consist of lower case letters, "
                + "digits, '-' or '.'");
    }

    public static void Admit(ClusterKind kind, JsonObject candidate)
    {
        if (kind.Admit(candidate) is { Count: > 0 } causes)
            throw Failures.Invalid(kind, candidate["metadata"]?["name"]?.GetValue<string>() ?? "", causes);
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex DnsName();
}
