using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kombo.Standalone.Manifests;

namespace Kombo.Standalone.Tests.Manifests;

/// <summary>Files are written as <c>file: Kind/name=version, …</c>; a file that is not understood ends with
/// <c>!</c>.</summary>
public sealed class ManifestDiffTests
{
    public static TheoryData<string, string[], string[], string> Rules => new()
    {
        { "nothing there, nothing new", [], ["a.yaml:"], "" },
        { "a new object is applied", [], ["a.yaml: Integration/x=1"], "apply Integration/x" },
        { "an unchanged one is left alone", ["a.yaml: Integration/x=1"], ["a.yaml: Integration/x=1"], "" },
        { "an edited one is applied", ["a.yaml: Integration/x=1"], ["a.yaml: Integration/x=2"], "apply Integration/x" },
        { "what leaves its file is deleted", ["a.yaml: Integration/x=1"], ["a.yaml:"], "delete Integration/x" },
        { "what leaves with its file is deleted", ["a.yaml: Integration/x=1"], [], "delete Integration/x" },
        { "moving to another file changes nothing", ["a.yaml: Integration/x=1"], ["b.yaml: Integration/x=1"], "" },
        { "a broken file deletes nothing", ["a.yaml: Integration/x=1"], ["a.yaml: !"], "problem a.yaml" },
        {
            "a broken file holds back only its own objects",
            ["a.yaml: Integration/x=1", "b.yaml: Integration/y=1"], ["a.yaml: !", "b.yaml:"],
            "delete Integration/y, problem a.yaml"
        },
        {
            "good documents of a broken file are applied",
            ["a.yaml: Integration/x=1"], ["a.yaml: Integration/y=1 !"], "apply Integration/y, problem a.yaml"
        },
        {
            "what others refer to comes first and goes last",
            ["a.yaml: Secret/old=1, Integration/old=1"],
            ["a.yaml: Integration/x=1, SyncSchedule/s=1, ConfigMap/c=1, Secret/k=1"],
            "apply Secret/k, apply ConfigMap/c, apply SyncSchedule/s, apply Integration/x, delete Integration/old, delete Secret/old"
        },
        {
            "twice the same object: the first file counts and the second is told",
            [], ["b.yaml: Integration/x=2", "a.yaml: Integration/x=1"], "apply Integration/x, problem b.yaml"
        },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, string[] applied, string[] folder, string expected)
    {
        var before = applied.SelectMany(file => Read(file).Manifests)
            .ToDictionary(
                manifest => manifest.Key, manifest => new AppliedManifest(manifest.Key, manifest.Json, manifest.File));

        var plan = ManifestDiff.Compute(before, [.. folder.Select(Read)]);

        string.Join(
            ", ", plan.Changes.Select(Describe).Concat(plan.Problems.Select(problem => $"problem {problem.File}")))
            .ShouldBe(expected, rule);
    }

    static string Describe(ManifestChange change) => change switch
    {
        ManifestChange.Apply(var manifest, _) => $"apply {manifest.Key.Kind}/{manifest.Key.Name}",
        ManifestChange.Delete(var key, _) => $"delete {key.Kind}/{key.Name}",
        _ => "?",
    };

    static FileReading Read(string text)
    {
        var (file, content) = (text.Split(':')[0], text.Split(':')[1]);
        var problems = content.EndsWith('!')
            ? [new ManifestProblem(file, 1, "", "broken")]
            : ImmutableArray<ManifestProblem>.Empty;
        var objects = content.TrimEnd('!').Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new FileReading(file, [.. objects.Select(item => Object(file, item))], problems);
    }

    static Manifest Object(string file, string text)
    {
        var parts = text.Split('/', '=');
        return new Manifest(
            new ManifestKey(parts[0], "default", parts[1]), new JsonObject { ["version"] = parts[2] }, file, 1);
    }
}
