using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kombo.Crds.Manifests;
using Kombo.Testing;

namespace Kombo.Crds.Tests;

/// <summary>A file of crds/samples.</summary>
public sealed partial record Sample(string Name, string Text)
{
    /// <summary>schema or operator; null for a valid one.</summary>
    public string? RefusedBy => RefusedByLine().Match(Text) is { Success: true } match ? match.Groups[1].Value : null;

    public bool HasReason => Text.Contains("\n# because: ", StringComparison.Ordinal);

    public JsonObject Entity => ManifestReader.Read(Text).Single().AsObject();

    public static IEnumerable<Sample> In(string folder) =>
        Directory.EnumerateFiles(RepositoryRoot.Combine("crds", "samples", folder), "*.yaml")
            .Order(StringComparer.Ordinal)
            .Select(file => new Sample($"{folder}/{Path.GetFileName(file)}", File.ReadAllText(file)));

    public static Sample Find(string name) => In(name.Split('/')[0]).Single(sample => sample.Name == name);

    [GeneratedRegex(@"\A# refused-by: (schema|operator)\n")]
    private static partial Regex RefusedByLine();
}
