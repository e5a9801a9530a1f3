using Kombo.Testing;

namespace Kombo.Chart.Tests.Rendering;

/// <summary>Cases: a folder holds <c>values.yaml</c>, whose first line may name the server's version, and
/// <c>expected.yaml</c>, all that is rendered but the CRDs.</summary>
public sealed class RenderTests
{
    const string VersionMark = "# kube-version: ";
    const string SourceMark = "# Source: ";

    static readonly string Cases = RepositoryRoot.Combine("tests", "Kombo.Chart.Tests", "Cases");

    public static TheoryData<string> Names =>
        [.. Directory.EnumerateDirectories(Cases).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [RequiresTheory(Need.Helm), MemberData(nameof(Names))]
    public async Task Renders_as_the_golden_file_says(string name)
    {
        var values = Path.Combine(Cases, name, "values.yaml");
        var first = File.ReadLines(values).FirstOrDefault() ?? "";
        string[] version = first.StartsWith(VersionMark, StringComparison.Ordinal) ? ["--kube-version", first[VersionMark.Length..]] : [];
        var rendered = await Helm.TemplateAsync(["--values", values, .. version]);
        var documents = rendered.Split("---\n").Where(document => !document.Contains("kind: CustomResourceDefinition"));
        await Golden.MatchesAsync(
            string.Join("---\n", documents.Select(WithoutEmptyLines)), Path.Combine(Cases, name, "expected.yaml"));
    }

    [RequiresTheory(Need.Helm), MemberData(nameof(Names))]
    public async Task Helm_finds_no_fault(string name) =>
        await Helm.RunAsync("lint", Helm.Chart, "--strict", "--quiet", "--values", Path.Combine(Cases, name, "values.yaml"));

    [RequiresTheory(Need.Helm)]
    [InlineData("default")]
    [InlineData("minimal")]
    public async Task Says_what_to_do_next(string name)
    {
        var shown = await Helm.RunAsync(
            "install", "kombo", Helm.Chart, "--namespace", "kombo-system", "--dry-run=client",
            "--values", Path.Combine(Cases, name, "values.yaml"));
        await Golden.MatchesAsync(shown[shown.IndexOf("NOTES:", StringComparison.Ordinal)..] + "\n", Path.Combine(Cases, name, "notes.txt"));
    }

    // Empty lines come from templates that render nothing; what they come from is said by the name of the template.
    static string WithoutEmptyLines(string document) => string.Concat(document.Split('\n')
        .Where(line => line.Trim().Length > 0 && (!line.StartsWith(SourceMark, StringComparison.Ordinal) || document.Contains("kind:")))
        .Select(line => line + "\n"));
}
