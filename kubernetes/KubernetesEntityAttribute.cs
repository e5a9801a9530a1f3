using System.Collections.Concurrent;
using System.Reflection;

namespace Kombo.Kubernetes;

/// <summary>Where the API server keeps objects of a type.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KubernetesEntityAttribute : Attribute
{
    static readonly ConcurrentDictionary<Type, KubernetesEntityAttribute> Known = new();

    /// <summary>Empty for the core group.</summary>
    public string Group { get; init; } = "";

    /// <summary>Without the group: <c>v1</c>.</summary>
    public required string ApiVersion { get; init; }

    public required string Kind { get; init; }

    /// <summary>The lower-case plural that stands in the address.</summary>
    public required string PluralName { get; init; }

    /// <summary>As it stands in a manifest: <c>batch/v1</c>, or <c>v1</c> for the core group.</summary>
    public string GroupVersion => Group.Length == 0 ? ApiVersion : $"{Group}/{ApiVersion}";

    /// <summary>The kind of an entity type.</summary>
    /// <exception cref="InvalidOperationException">The type has no <see cref="KubernetesEntityAttribute"/>.</exception>
    public static KubernetesEntityAttribute Of(Type type) => Known.GetOrAdd(type, static type =>
        type.GetCustomAttribute<KubernetesEntityAttribute>(inherit: true)
        ?? throw new InvalidOperationException($"type {type} needs [KubernetesEntity] to be sent to a cluster"));

    public static KubernetesEntityAttribute Of<T>() => Of(typeof(T));
}
