using Kombo.Kubernetes.Configuration;

namespace Kombo.Kubernetes.Tests.Configuration;

/// <summary>A folder of files for one test, gone with it, and an environment to go with them.</summary>
public sealed class TestFolder : IDisposable
{
    readonly Dictionary<string, string> variables = [];

    public string Root { get; } = Directory.CreateTempSubdirectory("kombo-kubeconfig-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public string Write(string name, string content, bool isProgram = false)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        if (isProgram && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    public void Set(string variable, string value) => variables[variable] = value;

    internal ConfigurationSources Sources => new(
        variables.GetValueOrDefault, Path.Combine(Root, "home"), Path.Combine(Root, "serviceaccount"));
}
