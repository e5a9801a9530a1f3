using System.Globalization;
using System.Text;

namespace Kombo.Kubernetes.Http;

/// <summary>Where an object or a collection is, relative to the server.</summary>
internal static class RequestAddress
{
    public static string Collection(KubernetesEntityAttribute kind, string? namespaceName)
    {
        var root = kind.Group.Length == 0 ? $"api/{kind.ApiVersion}" : $"apis/{kind.Group}/{kind.ApiVersion}";
        return string.IsNullOrEmpty(namespaceName)
            ? $"{root}/{kind.PluralName}"
            : $"{root}/namespaces/{Uri.EscapeDataString(namespaceName)}/{kind.PluralName}";
    }

    public static string Object(KubernetesEntityAttribute kind, string? namespaceName, string name, string? subresource = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name); // without it the address is the whole collection
        var address = $"{Collection(kind, namespaceName)}/{Uri.EscapeDataString(name)}";
        return subresource is null ? address : $"{address}/{subresource}";
    }

    public static string List(string collection, ListOptions options) => WithQuery(collection,
        ("labelSelector", options.LabelSelector),
        ("fieldSelector", options.FieldSelector),
        ("limit", options.Limit?.ToString(CultureInfo.InvariantCulture)),
        ("continue", options.Continue),
        // A continue token carries its version; the server refuses both together.
        ("resourceVersion", string.IsNullOrEmpty(options.Continue) ? options.ResourceVersion : null));

    public static string Watch(string collection, WatchOptions options) => WithQuery(collection,
        ("watch", "true"),
        ("allowWatchBookmarks", "true"),
        ("labelSelector", options.LabelSelector),
        ("fieldSelector", options.FieldSelector),
        ("resourceVersion", options.ResourceVersion),
        ("timeoutSeconds", options.Timeout is { } timeout
            ? Math.Max(1, (long)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture)
            : null));

    public static string Patch(string address, PatchOptions options) => WithQuery(address,
        ("fieldManager", options.FieldManager),
        ("force", options.Force ? "true" : null));

    static string WithQuery(string path, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var address = new StringBuilder(path);
        var separator = '?';
        foreach (var (name, value) in parameters)
        {
            if (string.IsNullOrEmpty(value))
                continue;
            address.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }
        return address.ToString();
    }
}
