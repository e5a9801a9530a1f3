using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kombo.Crds.Manifests;
using Kombo.Testing;

namespace Kombo.Chart.Tests;

/// <summary>The real helm, with none of the user's settings.</summary>
static class Helm
{
    static readonly TimeSpan FetchDeadline = TimeSpan.FromMinutes(5);
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);
    static readonly Lazy<Task<string>> Program = new(FindAsync);
    static readonly string Home = Path.Combine(AppContext.BaseDirectory, "helm-home");

    public static string Chart { get; } = RepositoryRoot.Combine("charts", "kombo");

    /// <returns>Its standard output.</returns>
    /// <exception cref="InvalidOperationException">It refused; carries its words.</exception>
    public static async Task<string> RunAsync(params string[] arguments) =>
        await ChildProcess.RunAsync(await StartAsync(arguments), Deadline);

    public static async Task<ChildProcessStart> StartAsync(params string[] arguments) => new()
    {
        Program = await Program.Value,
        Arguments = [.. arguments],
        Environment = ImmutableDictionary<string, string?>.Empty
            .Add("HELM_CACHE_HOME", Path.Combine(Home, "cache"))
            .Add("HELM_CONFIG_HOME", Path.Combine(Home, "config"))
            .Add("HELM_DATA_HOME", Path.Combine(Home, "data"))
            .Add("KUBECONFIG", Path.Combine(Home, "no-cluster"))
            .Add("HELM_NAMESPACE", null),
    };

    /// <summary>The manifests of release kombo in namespace kombo-system, as text, without hooks left out.</summary>
    public static Task<string> TemplateAsync(params string[] arguments) =>
        RunAsync(["template", "kombo", Chart, "--namespace", "kombo-system", .. arguments]);

    public static async Task<IReadOnlyList<JsonNode>> ObjectsAsync(params string[] arguments) =>
        ManifestReader.Read(await TemplateAsync(arguments));

    static Task<string> FindAsync() => ChildProcess.RunAsync(
        new ChildProcessStart { Program = RepositoryRoot.Combine("build", "helm.sh") }, FetchDeadline);
}
