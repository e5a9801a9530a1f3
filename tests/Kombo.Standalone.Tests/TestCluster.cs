using Kombo.Crds;
using Kombo.Standalone.Cluster;

namespace Kombo.Standalone.Tests;

/// <summary>An in-memory cluster that knows our kinds.</summary>
sealed class TestCluster(TimeProvider? clock = null) : IDisposable
{
    public InMemoryCluster Client { get; } = new(
        KomboKinds.All, new InMemoryClusterOptions { Json = CustomResources.Json, Clock = clock ?? TimeProvider.System });

    public void Dispose() => Client.Dispose();
}
