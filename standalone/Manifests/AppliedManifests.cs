using System.Collections.Immutable;

namespace Kombo.Standalone.Manifests;

/// <summary>What the cluster has from the folder, as it was applied last. Safe for many threads.</summary>
internal sealed class AppliedManifests
{
    ImmutableDictionary<ManifestKey, AppliedManifest> all = ImmutableDictionary<ManifestKey, AppliedManifest>.Empty;

    public ImmutableDictionary<ManifestKey, AppliedManifest> All => Volatile.Read(ref all);

    /// <summary>After each change, with the manifest; null when it was removed.</summary>
    public event Action<ManifestKey, AppliedManifest?>? Changed;

    public void Set(AppliedManifest manifest)
    {
        ImmutableInterlocked.AddOrUpdate(ref all, manifest.Key, manifest, (_, _) => manifest);
        Changed?.Invoke(manifest.Key, manifest);
    }

    public void Remove(ManifestKey key)
    {
        if (ImmutableInterlocked.TryRemove(ref all, key, out _))
            Changed?.Invoke(key, null);
    }
}
