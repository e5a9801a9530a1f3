using System.Collections.Immutable;
using Kombo.Testing;

namespace Kombo.EndToEnd.Tests.Cluster;

/// <summary>The built programs, which the build puts beside the tests.</summary>
static class Programs
{
    public const string Worker = "kombo-worker.dll";
    public const string Operator = "Kombo.Operator.dll";

    public static ChildProcessStart Start(
        string program, ImmutableArray<string> arguments, Dictionary<string, string?> environment) =>
        new()
        {
            Program = "dotnet",
            Arguments = [Path.Combine(AppContext.BaseDirectory, program), .. arguments],
            Environment = environment.ToImmutableDictionary(),
        };

    /// <exception cref="InvalidOperationException">It ended with another code than 0; carries its output.</exception>
    public static Task<string> RunAsync(
        string program, ImmutableArray<string> arguments, Dictionary<string, string?> environment, TimeSpan deadline) =>
        ChildProcess.RunAsync(Start(program, arguments, environment), deadline);
}
