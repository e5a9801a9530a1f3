namespace Kombo.Kubernetes;

/// <summary>What a work queue holds instead of an object.</summary>
/// <param name="Namespace">Empty for cluster-scoped kinds.</param>
public readonly record struct NamespacedName(string Namespace, string Name)
{
    public static NamespacedName Of(IKubernetesObject<Models.V1ObjectMeta> entity) =>
        new(entity.Metadata.NamespaceProperty ?? "", entity.Metadata.Name ?? "");

    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}
