using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Kombo.Core.Tests.Architecture;

/// <summary>The source tree that this test was built from.</summary>
static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Hand-written C# files, relative to the root.</summary>
    public static IEnumerable<string> Sources =>
        Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories).Select(Relative).Where(IsSource);

    /// <summary>Project files by project name.</summary>
    public static IReadOnlyDictionary<string, string> Projects { get; } =
        Directory.EnumerateFiles(Root, "*.csproj", SearchOption.AllDirectories).Select(Relative).Where(IsSource)
            .ToDictionary(path => Path.GetFileNameWithoutExtension(path), StringComparer.Ordinal);

    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Names of the projects that a project refers to.</summary>
    public static IEnumerable<string> References(string project) => XDocument.Parse(Text(Projects[project]))
        .Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension((string?)reference.Attribute("Include") ?? "").Split('\\', '/')[^1]);

    static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    static bool IsSource(string path) =>
        !path.Split('/').Any(part => part is "bin" or "obj" or "node_modules" or "artifacts" || part.StartsWith('.'));

    static string Find([CallerFilePath] string thisFile = "")
    {
        for (var folder = Path.GetDirectoryName(thisFile); folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "Directory.Packages.props")))
                return folder;
        throw new InvalidOperationException($"no Directory.Packages.props above {thisFile}");
    }
}
