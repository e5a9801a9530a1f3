using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Testing.Pods;

/// <summary>What a pod needs is not there (yet); the kubelet keeps trying.</summary>
sealed class NotMountableException(string message) : Exception(message);

/// <summary>The file system of one played pod: a folder that stands for the root, with its volumes as files. Paths in
/// environment and arguments that lie below a mount are rewritten to it.</summary>
sealed class PodFolder(IKubernetesClient client, V1Pod pod) : IDisposable
{
    readonly DirectoryInfo root = Directory.CreateTempSubdirectory("kombo-pod-");
    readonly List<string> mounts = [];

    public string TerminationLog => Below(Container.TerminationMessagePath ?? "/dev/termination-log");

    public V1Container Container => pod.Spec!.Containers![0]; // the API server refuses a pod without

    public void Dispose() => root.Delete(recursive: true);

    /// <summary>A file of the pod that is no mount.</summary>
    public string Below(string path) => Path.Join(root.FullName, path);

    /// <summary>The same text, with a path below a mount leading to its files.</summary>
    public string Rewrite(string text) =>
        mounts.Any(mount => text == mount || text.StartsWith(mount + "/", StringComparison.Ordinal)) ? Below(text) : text;

    /// <exception cref="NotMountableException">A Secret, a ConfigMap or a key of it is missing.</exception>
    public async Task MountAsync(CancellationToken cancellationToken)
    {
        mounts.Clear();
        Directory.CreateDirectory(Path.GetDirectoryName(TerminationLog)!); // it is an absolute path
        await File.WriteAllTextAsync(TerminationLog, "", cancellationToken);
        mounts.Add(Container.TerminationMessagePath ?? "/dev/termination-log");
        foreach (var mount in Container.VolumeMounts ?? [])
            if (pod.Spec?.Volumes?.FirstOrDefault(volume => volume.Name == mount.Name) is { } volume)
                await MountAsync(volume, mount, cancellationToken);
    }

    /// <summary>Environment of the container; values from Secrets and ConfigMaps are read.</summary>
    public async Task<IReadOnlyDictionary<string, string>> EnvironmentAsync(CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>();
        foreach (var variable in Container.Env ?? [])
            if (await ValueAsync(variable, cancellationToken) is { } value)
                values[variable.Name!] = Rewrite(value); // the API server refuses one without a name
        return values;
    }

    async Task MountAsync(V1Volume volume, V1VolumeMount mount, CancellationToken cancellationToken)
    {
        var files = volume switch
        {
            { Secret: { } secret } => Select(
                await SecretAsync(secret.SecretName!, secret.Optional == true, cancellationToken), secret.Items, secret.SecretName!),
            { ConfigMap: { } map } => Select(
                await ConfigMapAsync(map.Name!, map.Optional == true, cancellationToken), map.Items, map.Name!),
            _ => new Dictionary<string, byte[]>(),
        };
        mounts.Add(mount.MountPath!.TrimEnd('/'));
        var target = Directory.CreateDirectory(Below(mount.MountPath)).FullName;
        if (volume is { Secret: null, ConfigMap: null })
            return; // an emptyDir

        // As the kubelet does it: the keys are links through ..data, which is replaced as a whole.
        var data = Directory.CreateDirectory(Path.Combine(target, "..2026_01_05"));
        if (!Path.Exists(Path.Combine(target, "..data")))
            File.CreateSymbolicLink(Path.Combine(target, "..data"), data.Name);
        foreach (var (name, content) in files)
        {
            await File.WriteAllBytesAsync(Path.Combine(data.FullName, name), content, cancellationToken);
            if (!Path.Exists(Path.Combine(target, name)))
                File.CreateSymbolicLink(Path.Combine(target, name), Path.Combine("..data", name));
        }
    }

    static IReadOnlyDictionary<string, byte[]> Select(
        IReadOnlyDictionary<string, byte[]> all, IReadOnlyList<V1KeyToPath>? items, string owner) => items is null
        ? all
        : items.ToDictionary(item => item.Path!, item => all.GetValueOrDefault(item.Key!) // both are required in the API
            ?? throw new NotMountableException($"references non-existent key {item.Key} of {owner}"));

    async Task<string?> ValueAsync(V1EnvVar variable, CancellationToken cancellationToken) => variable switch
    {
        { Value: { } value } => value,
        { ValueFrom.SecretKeyRef: { } key } => Text(
            await SecretAsync(key.Name!, key.Optional == true, cancellationToken), key),
        { ValueFrom.ConfigMapKeyRef: { } key } => Text(
            await ConfigMapAsync(key.Name!, key.Optional == true, cancellationToken), key),
        { ValueFrom.FieldRef.FieldPath: { } path } => path switch
        {
            "metadata.name" => pod.Name(),
            "metadata.namespace" => pod.Namespace(),
            "metadata.uid" => pod.Uid(),
            "spec.nodeName" => "played-node",
            "spec.serviceAccountName" => pod.Spec?.ServiceAccountName,
            _ => throw new NotSupportedException($"the pod player knows no field {path}"),
        },
        _ => "",
    };

    static string? Text(IReadOnlyDictionary<string, byte[]> data, V1KeySelector key) =>
        data.TryGetValue(key.Key!, out var value) ? System.Text.Encoding.UTF8.GetString(value)
        : key.Optional == true ? null
        : throw new NotMountableException($"couldn't find key {key.Key} in {key.Name}");

    async Task<IReadOnlyDictionary<string, byte[]>> SecretAsync(string name, bool optional, CancellationToken cancellationToken) =>
        await client.GetAsync<V1Secret>(name, pod.Namespace(), cancellationToken) is { } secret
            ? secret.Data ?? new Dictionary<string, byte[]>()
            : optional ? new Dictionary<string, byte[]>() : throw new NotMountableException($"secret \"{name}\" not found");

    async Task<IReadOnlyDictionary<string, byte[]>> ConfigMapAsync(string name, bool optional, CancellationToken cancellationToken)
    {
        var map = await client.GetAsync<V1ConfigMap>(name, pod.Namespace(), cancellationToken);
        if (map is null)
            return optional ? new Dictionary<string, byte[]>() : throw new NotMountableException($"configmap \"{name}\" not found");
        var data = (map.Data ?? new Dictionary<string, string>())
            .ToDictionary(pair => pair.Key, pair => System.Text.Encoding.UTF8.GetBytes(pair.Value));
        foreach (var (key, value) in map.BinaryData ?? new Dictionary<string, byte[]>())
            data[key] = value;
        return data;
    }
}
