using System.Globalization;
using System.Text;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Cluster;

/// <summary>One page of a list, in the order of names. A page says in its token where the next one begins.</summary>
/// <remarks>Unlike a real server's, later pages show the objects as they are then, under the version of the first
/// page.</remarks>
internal sealed record ListPage(int? Limit, string? After, long? Version)
{
    public static ListPage Parse(ListOptions options)
    {
        // A real server's cache, which version 0 asks for, does not page.
        var limit = options.ResourceVersion == "0" ? null : options.Limit;
        if (string.IsNullOrEmpty(options.Continue))
            return new ListPage(limit, After: null, Version: null);
        try
        {
            var parts = Encoding.UTF8.GetString(Convert.FromBase64String(options.Continue)).Split('\n');
            return new ListPage(limit, parts[1], long.Parse(parts[0], CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is FormatException or IndexOutOfRangeException)
        {
            throw Failures.BadRequest("continue key is not valid");
        }
    }

    public KubernetesList<T> Cut<T>(List<StoredObject> found, long version, Func<StoredObject, T> read)
    {
        var rest = found
            .OrderBy(SortKey, StringComparer.Ordinal)
            .Where(stored => After is null || string.CompareOrdinal(SortKey(stored), After) > 0)
            .ToList();
        var page = Limit is { } limit and > 0 ? rest.Take(limit).ToList() : rest;
        var seen = Version ?? version;
        var metadata = new V1ListMeta
        {
            ResourceVersion = seen.ToString(CultureInfo.InvariantCulture),
            Continue = page.Count < rest.Count
                ? Convert.ToBase64String(Encoding.UTF8.GetBytes(
                    string.Create(CultureInfo.InvariantCulture, $"{seen}\n{SortKey(page[^1])}")))
                : null,
            RemainingItemCount = page.Count < rest.Count ? rest.Count - page.Count : null,
        };
        return new KubernetesList<T>(metadata, [.. page.Select(read)]);
    }

    static string SortKey(StoredObject stored) => $"{stored.Key.Namespace}/{stored.Key.Name}";
}
