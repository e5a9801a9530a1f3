using Kombo.Testing;

namespace Kombo.Benchmarks;

/// <summary>Programs of this build, and where reports go.</summary>
static class RepositoryOutput
{
    /// <summary>A program as it is in its image.</summary>
    /// <param name="folder">Of its project.</param>
    /// <param name="name">Of the program.</param>
    /// <exception cref="InvalidOperationException">It is not there.</exception>
    public static string Program(string folder, string name)
    {
        var path = RepositoryRoot.Combine("artifacts", "publish", folder, name);
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is not there: use build/bench.sh");
    }

    /// <summary>A file in the folder of reports, which is made.</summary>
    public static string Report(string name) =>
        Path.Combine(Directory.CreateDirectory(RepositoryRoot.Combine("artifacts", "bench")).FullName, name);
}
