using System.Collections.Immutable;

namespace Kombo.Testing;

/// <summary>A program of the product as tests start it: the native one of the folder that <c>KOMBO_TEST_PROGRAMS</c> names, as make test
/// does; without it what the build has put beside the tests, or into its project's output of the same configuration.</summary>
public sealed record BuiltProgram
{
    const string Folder = "KOMBO_TEST_PROGRAMS";

    static readonly Lazy<BuiltProgram> BuiltWorker = new(() => Find("worker", "kombo-worker"));
    static readonly Lazy<BuiltProgram> BuiltOperator = new(() => Find("operator", "Kombo.Operator"));

    readonly string path;

    BuiltProgram(string path) => this.path = path;

    public static BuiltProgram Worker => BuiltWorker.Value;

    public static BuiltProgram Operator => BuiltOperator.Value;

    public ChildProcessStart With(params IEnumerable<string> arguments) => path.EndsWith(".dll", StringComparison.Ordinal)
        ? new() { Program = "dotnet", Arguments = [path, .. arguments] }
        : new() { Program = path, Arguments = [.. arguments] };

    static BuiltProgram Find(string project, string name)
    {
        var native = Environment.GetEnvironmentVariable(Folder) is { Length: > 0 } folder ? Path.Combine(folder, project, name) : null;
        var output = new DirectoryInfo(AppContext.BaseDirectory); // …/bin/Debug/net10.0
        ImmutableArray<string> places = native is not null
            ? [native]
            :
            [
                Path.Combine(output.FullName, $"{name}.dll"),
                RepositoryRoot.Combine(project, "bin", output.Parent?.Name ?? "Debug", output.Name, $"{name}.dll"),
            ];
        return new(places.FirstOrDefault(File.Exists) ?? throw new FileNotFoundException(
            $"the {project} is not built, there is no {string.Join(" and no ", places)}: run dotnet build {project}, or without {Folder}"));
    }
}
