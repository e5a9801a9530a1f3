using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Jobs;

/// <summary>Where the files of a pod would come from: the object behind a path inside its container. Pure.</summary>
internal static class MountedFiles
{
    /// <summary>The Secret that is mounted as a folder; null if the path is none.</summary>
    public static string? SecretAt(V1PodSpec pod, string folder) =>
        pod.Containers?.SelectMany(container => container.VolumeMounts ?? [])
            .Where(mount => mount.MountPath == folder)
            .Select(mount => VolumeOf(pod, mount)?.Secret?.SecretName)
            .FirstOrDefault(name => name is not null);

    /// <summary>The ConfigMap and its key that are mounted as a file; null if the path is none.</summary>
    public static (string ConfigMap, string Key)? ConfigMapKeyAt(V1PodSpec pod, string file)
    {
        foreach (var mount in pod.Containers?.SelectMany(container => container.VolumeMounts ?? []) ?? [])
        {
            if (mount.MountPath is not { } folder || VolumeOf(pod, mount)?.ConfigMap is not { Name: { } name } source)
                continue;
            if (mount.SubPath is { } key && file == folder)
                return (name, KeyOf(source, key));
            if (file.StartsWith(folder.TrimEnd('/') + '/', StringComparison.Ordinal))
                return (name, KeyOf(source, file[(folder.TrimEnd('/').Length + 1)..]));
        }

        return null;
    }

    static V1Volume? VolumeOf(V1PodSpec pod, V1VolumeMount mount) =>
        pod.Volumes?.FirstOrDefault(volume => volume.Name == mount.Name);

    static string KeyOf(V1ConfigMapVolumeSource source, string path) =>
        source.Items?.FirstOrDefault(item => item.Path == path)?.Key ?? path;
}
