using Kombo.Kubernetes.Models;
using Kombo.Testing;

namespace Kombo.Kubernetes.Tests.Contract;

/// <summary>What every test of the contract starts with: a client and a namespace of its own.</summary>
public abstract class ContractSuite(ITestCluster cluster) : IAsyncLifetime
{
    static int namespaces;

    readonly List<string> own = [];

    protected static CancellationToken None => CancellationToken.None;

    protected ITestCluster Cluster => cluster;

    protected IKubernetesClient Client => cluster.Client;

    protected string Home { get; } = $"contract-{Environment.ProcessId}-{Interlocked.Increment(ref namespaces)}";

    public Task InitializeAsync() => CreateNamespaceAsync(Home);

    public async Task DisposeAsync()
    {
        foreach (var name in own)
            await Client.DeleteAsync<V1Namespace>(name, null, DeleteOptions.Background, None);
    }

    /// <summary>Another one, for what concerns several.</summary>
    protected async Task<string> NewNamespaceAsync()
    {
        var name = $"{Home}-{own.Count}";
        await CreateNamespaceAsync(name);
        return name;
    }

    protected Widget NewWidget(string name, int size = 1) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = Home },
        Spec = new() { Size = size, Color = "red" },
    };

    protected Task<Widget> CreateAsync(string name, int size = 1) => Client.CreateAsync(NewWidget(name, size), None);

    protected async Task<Widget> GetAsync(string name) => (await Client.GetAsync<Widget>(name, Home, None)).ShouldNotBeNull();

    protected Task<Widget> MergeAsync(string name, string patch) =>
        Client.PatchAsync<Widget>(name, Home, V1Patch.Merge(patch), PatchOptions.None, None);

    protected Task<Widget> ApplyAsync(string name, string config, string manager, bool force = false) =>
        Client.PatchAsync<Widget>(name, Home, V1Patch.Apply(Manifest(name, config)), new PatchOptions(manager, force), None);

    protected Task<Widget> ApplyStatusAsync(string name, string status, string manager, bool force = false) =>
        Client.PatchStatusAsync<Widget>(
            name, Home, V1Patch.Apply(Manifest(name, $"\"status\": {status}")), new PatchOptions(manager, force), None);

    protected static async Task<KubernetesException> FailsAsync(Func<Task> act) => await Should.ThrowAsync<KubernetesException>(act);

    /// <summary>Things that a real cluster does in its own time.</summary>
    protected static Task EventuallyAsync(Func<Task<bool>> condition) => Eventually.BecomesAsync(condition, TimeSpan.FromSeconds(60));

    async Task CreateNamespaceAsync(string name)
    {
        await Client.CreateAsync(new V1Namespace { Metadata = new() { Name = name } }, None);
        own.Add(name);
    }

    static string Manifest(string name, string content) =>
        $$"""{"apiVersion": "test.kombo.dev/v1", "kind": "Widget", "metadata": {"name": "{{name}}"}, {{content}}}""";
}
