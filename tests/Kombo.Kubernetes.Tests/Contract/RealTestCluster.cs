using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Testing;

namespace Kombo.Kubernetes.Tests.Contract;

/// <summary>A real kube-apiserver with the widgets' definition, reached through the HTTP client over TLS.</summary>
public sealed class RealTestCluster : ITestCluster, IAsyncLifetime, IDisposable
{
    readonly ControlPlaneFixture controlPlane = new();
    KubernetesHttpClient? client;

    public IKubernetesClient Client => client ?? throw new InvalidOperationException("the cluster was not started");

    public ControlPlaneFixture ControlPlane => controlPlane;

    public async Task InitializeAsync()
    {
        await controlPlane.InitializeAsync();
        if (Requirements.SkipReason(Need.ControlPlane) is not null)
            return;
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, WidgetDefinition.Text);
        await controlPlane.KubectlAsync("apply", "-f", file);
        await controlPlane.KubectlAsync("wait", "--for=condition=established", "crd/widgets.test.kombo.dev", "--timeout=30s");
        File.Delete(file);
        client = new KubernetesHttpClient(
            KubernetesClientConfiguration.BuildDefaultConfig(new ConfigurationRequest { KubeConfigPath = controlPlane.KubeconfigPath }),
            new KubernetesClientOptions { Json = WidgetDefinition.Json });
        // Established is not yet served: the first list may still meet a 404.
        await Eventually.BecomesAsync(IsServedAsync, TimeSpan.FromSeconds(30));
    }

    public Task<string> GetExpiredVersionAsync() => Task.FromResult("1");

    public Task DisposeAsync() => controlPlane.DisposeAsync();

    public void Dispose() => client?.Dispose();

    async Task<bool> IsServedAsync()
    {
        try
        {
            await Client.ListAsync<Widget>("default", ListOptions.All, CancellationToken.None);
            return true;
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }
}
