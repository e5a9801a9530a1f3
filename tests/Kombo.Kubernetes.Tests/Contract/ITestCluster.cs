namespace Kombo.Kubernetes.Tests.Contract;

/// <summary>A cluster that the contract suite runs against.</summary>
public interface ITestCluster
{
    IKubernetesClient Client { get; }

    /// <summary>A version that once was, and that no watch can begin behind any more.</summary>
    Task<string> GetExpiredVersionAsync();
}
