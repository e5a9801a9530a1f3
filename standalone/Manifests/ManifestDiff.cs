using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Kombo.Standalone.Manifests;

/// <summary>One thing to do to the cluster.</summary>
internal abstract record ManifestChange
{
    ManifestChange() // closed: the cases below are all there are
    {
    }

    public sealed record Apply(Manifest Manifest, JsonObject? Before) : ManifestChange;

    public sealed record Delete(ManifestKey Key, string File) : ManifestChange;
}

/// <summary>What follows from a folder's present content.</summary>
/// <param name="Changes">In the order to carry them out.</param>
/// <param name="Problems">Every one of the folder, also those that are not new.</param>
internal sealed record ManifestPlan(ImmutableArray<ManifestChange> Changes, ImmutableArray<ManifestProblem> Problems);

/// <summary>Compares a folder with what was applied of it. Pure.</summary>
internal static class ManifestDiff
{
    /// <param name="applied">What the cluster has from this folder.</param>
    public static ManifestPlan Compute(
        IReadOnlyDictionary<ManifestKey, AppliedManifest> applied, IReadOnlyCollection<FileReading> files)
    {
        var wanted = new Dictionary<ManifestKey, Manifest>();
        var problems = files.SelectMany(file => file.Problems).ToList();
        foreach (var manifest in
            files.OrderBy(file => file.File, StringComparer.Ordinal).SelectMany(file => file.Manifests))
            if (!wanted.TryAdd(manifest.Key, manifest))
                problems.Add(Twice(manifest, first: wanted[manifest.Key]));

        // A file that is not understood may hold what seems to be gone: nothing of it is deleted until it is mended.
        var unclear = files.Where(file => !file.Problems.IsEmpty).Select(file => file.File).ToHashSet(
            StringComparer.Ordinal);
        var gone = applied.Values
            .Where(old => !wanted.ContainsKey(old.Key) && !unclear.Contains(old.File))
            .OrderByDescending(old => ManifestKinds.Order(old.Key.Kind)).ThenBy(
                old => old.Key.Name, StringComparer.Ordinal)
            .Select(old => new ManifestChange.Delete(old.Key, old.File));
        var changed = wanted.Values
            .Select(manifest => new ManifestChange.Apply(manifest, applied.GetValueOrDefault(manifest.Key)?.Json))
            .Where(change => !JsonNode.DeepEquals(change.Before, change.Manifest.Json))
            .OrderBy(change => ManifestKinds.Order(change.Manifest.Key.Kind))
            .ThenBy(change => change.Manifest.Key.Name, StringComparer.Ordinal);
        return new ManifestPlan([.. changed, .. gone], [.. problems]);
    }

    static ManifestProblem Twice(Manifest second, Manifest first) => new(
        second.File, second.Line, "metadata.name",
        $"{second.Key} is already in {first.File}:{first.Line}; that one counts, remove one of them");
}
