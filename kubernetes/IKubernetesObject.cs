using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes;

/// <summary>Anything that the API server stores or returns under a version and a kind.</summary>
public interface IKubernetesObject
{
    string ApiVersion { get; }
    string Kind { get; }
}

/// <summary>An object with metadata of its own. Objects are immutable: change a copy made by <c>with</c>.</summary>
public interface IKubernetesObject<out TMetadata> : IKubernetesObject
{
    TMetadata Metadata { get; }
}

/// <summary>What a kind adds to version, kind and metadata.</summary>
public abstract record KubernetesObject : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Items of a list arrive without it; then it is the one of the type.</summary>
    public string ApiVersion
    {
        get => field ?? KubernetesEntityAttribute.Of(GetType()).GroupVersion;
        init;
    } = null!; // read through the fallback above

    /// <summary>Items of a list arrive without it; then it is the one of the type.</summary>
    public string Kind
    {
        get => field ?? KubernetesEntityAttribute.Of(GetType()).Kind;
        init;
    } = null!; // read through the fallback above

    public V1ObjectMeta Metadata { get => field ?? V1ObjectMeta.Empty; init; } = null!; // as above
}

/// <summary>Base of our own kinds.</summary>
public abstract record CustomKubernetesEntity<TSpec> : KubernetesObject
    where TSpec : class
{
    public TSpec? Spec { get; init; }
}

/// <summary>Base of our own kinds with a status subresource.</summary>
public abstract record CustomKubernetesEntity<TSpec, TStatus> : CustomKubernetesEntity<TSpec>
    where TSpec : class
    where TStatus : class
{
    public TStatus? Status { get; init; }
}
