namespace Kombo.Kubernetes.Configuration;

/// <summary>Where configuration comes from on this machine; tests bring their own.</summary>
/// <param name="HomeFolder">Holds <c>.kube/config</c>.</param>
/// <param name="ServiceAccountFolder">Holds token, ca.crt and namespace inside a pod.</param>
internal sealed record ConfigurationSources(
    Func<string, string?> Variable, string HomeFolder, string ServiceAccountFolder)
{
    public static ConfigurationSources System { get; } = new(
        Environment.GetEnvironmentVariable,
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        "/var/run/secrets/kubernetes.io/serviceaccount");
}

/// <summary>Finds, reads and merges kubeconfig files.</summary>
internal static class KubeConfigLoader
{
    /// <summary>An explicit path must exist.</summary>
    public static KubeConfig LoadFile(string path)
    {
        try
        {
            return KubeConfigReader.Read(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException($"kubeconfig {path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The files of a KUBECONFIG list, those that exist, the first value of each name winning.</summary>
    /// <exception cref="KubeConfigException">None of them exists.</exception>
    public static KubeConfig LoadList(string list)
    {
        var files = list
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(File.Exists)
            .ToList();
        if (files.Count == 0)
            throw new KubeConfigException($"KUBECONFIG is set to {list}, but there is no such file");
        return files.Select(LoadFile).Aggregate((first, next) => first.Merge(next));
    }
}
