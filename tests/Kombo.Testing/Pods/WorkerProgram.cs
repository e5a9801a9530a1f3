namespace Kombo.Testing.Pods;

/// <summary>Finds the built worker: beside the test, or in its project's output of the same configuration.</summary>
public static class WorkerProgram
{
    const string File = "kombo-worker.dll";
    static readonly Lazy<string> Found = new(Find);

    /// <summary>For <c>dotnet</c>.</summary>
    public static string Path => Found.Value;

    static string Find()
    {
        var beside = System.IO.Path.Combine(AppContext.BaseDirectory, File);
        if (System.IO.File.Exists(beside))
            return beside;
        var output = new DirectoryInfo(AppContext.BaseDirectory); // …/bin/Debug/net10.0
        var built = RepositoryRoot.Combine("worker", "bin", output.Parent?.Name ?? "Debug", output.Name, File);
        return System.IO.File.Exists(built)
            ? built
            : throw new FileNotFoundException($"the worker is not built: neither {beside} nor {built} exists; run dotnet build worker");
    }
}
