namespace Kombo.Standalone.Manifests;

/// <summary>What tells one object from another.</summary>
internal readonly record struct ManifestKey(string Kind, string Namespace, string Name)
{
    /// <summary>As messages name it.</summary>
    public override string ToString() => $"{Kind} {Namespace}/{Name}";
}
