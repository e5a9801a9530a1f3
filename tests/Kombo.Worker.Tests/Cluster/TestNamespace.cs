using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Kubernetes.Models;
using Kombo.Testing;

namespace Kombo.Worker.Tests.Cluster;

/// <summary>A namespace of a test's own on the real API server, with our kinds installed.</summary>
sealed class TestNamespace : IAsyncDisposable
{
    readonly KubernetesHttpClient client;

    TestNamespace(KubernetesHttpClient client, string name) => (this.client, Name) = (client, name);

    public string Name { get; }

    public IKubernetesClient Client => client;

    public static async Task<TestNamespace> CreateAsync(ControlPlaneFixture plane)
    {
        var client = Connect(plane.KubeconfigPath);
        var made = await client.CreateAsync(
            new V1Namespace { Metadata = new() { Name = $"worker-{Guid.NewGuid():N}"[..20] } }, default);
        return new TestNamespace(client, made.Name());
    }

    public static KubernetesHttpClient Connect(string kubeconfig) => new(
        KubernetesClientConfiguration.BuildDefaultConfig(new ConfigurationRequest { KubeConfigPath = kubeconfig }),
        new KubernetesClientOptions { Json = CustomResources.Json });

    public static async Task InstallKindsAsync(ControlPlaneFixture plane)
    {
        // Servers before 1.25 do not know the validation rules that the schemas hold, and drop them.
        await plane.KubectlAsync("apply", "--validate=false", "-f", RepositoryRoot.Combine("crds", "integrations.yaml"));
        await plane.KubectlAsync("wait", "--for", "condition=established", "crd/integrations.kombo.dev", "--timeout", "30s");
    }

    public async ValueTask DisposeAsync()
    {
        await client.DeleteAsync<V1Namespace>(Name, null, DeleteOptions.Background, default);
        client.Dispose();
    }
}
