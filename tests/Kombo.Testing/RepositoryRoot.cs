namespace Kombo.Testing;

/// <summary>Finds the checked-out repository from where a test runs.</summary>
public static class RepositoryRoot
{
    static readonly Lazy<string> Root = new(Find);

    /// <summary>The folder that holds Kombo.Operator.sln.</summary>
    public static string Path => Root.Value;

    /// <summary>A path below the root, as <c>Combine("build", "postgres.sh")</c>.</summary>
    public static string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Kombo.Operator.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} holds Kombo.Operator.sln");
    }
}
