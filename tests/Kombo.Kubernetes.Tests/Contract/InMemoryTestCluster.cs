using System.Text.Json.Nodes;
using Kombo.Kubernetes.Models;
using Kombo.Standalone.Cluster;

namespace Kombo.Kubernetes.Tests.Contract;

public sealed class InMemoryTestCluster : ITestCluster, IDisposable
{
    readonly InMemoryCluster cluster = new(
        [CustomKind.FromDefinition(WidgetDefinition.Parsed, Admit)], new InMemoryClusterOptions { Json = WidgetDefinition.Json });

    public IKubernetesClient Client => cluster;

    public Task<string> GetExpiredVersionAsync()
    {
        cluster.CompactHistory();
        return Task.FromResult("1");
    }

    public void Dispose() => cluster.Dispose();

    static IReadOnlyList<V1StatusCause> Admit(JsonObject candidate) => candidate["spec"]?["size"]?.GetValue<int>() < 1
        ? [new V1StatusCause { Field = "spec.size", Message = "should be greater than or equal to 1" }]
        : [];
}
