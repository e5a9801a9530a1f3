using System.Collections.Immutable;
using Kombo.Crds;
using Kombo.Testing;

namespace Kombo.Standalone.Tests.Processes;

/// <summary><c>kombo</c> as a user runs it, with a data folder and a folder of manifests of its own.</summary>
sealed class KomboProcess : IAsyncDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kombo-process-");
    readonly ImmutableDictionary<string, string?> environment;
    ChildProcess? up;

    public KomboProcess(string connection)
    {
        Manifests = folder.CreateSubdirectory("manifests").FullName;
        environment = ImmutableDictionary<string, string?>.Empty
            .Add("KOMBO_DATABASE_CONNECTION", connection)
            .Add("KOMBO_ALLOWED_HOSTS", "127.0.0.1")
            .Add("KOMBO_DATA", Path.Combine(folder.FullName, "data"));
    }

    public string Manifests { get; }

    public string Output => up?.Output ?? "";

    static string Program => RepositoryRoot.Combine("standalone", "bin", "Debug", "net10.0", "kombo");

    public async Task UpAsync()
    {
        up = ChildProcess.Start(new ChildProcessStart { Program = Program, Arguments = ["up", "-m", Manifests], Environment = environment });
        await up.WaitForLineAsync("kombo is up", Deadline);
    }

    /// <summary>SIGTERM.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        up!.Terminate(); // started before
        return await up.WaitForExitAsync(Deadline);
    }

    /// <returns>Standard output of a command that succeeds.</returns>
    public Task<string> RunAsync(params ImmutableArray<string> arguments) =>
        ChildProcess.RunAsync(
            new ChildProcessStart { Program = Program, Arguments = arguments, Environment = environment }, Deadline);

    public async Task<V1Alpha1Integration> GetAsync(string name) =>
        CustomResources.Json.Deserialize<V1Alpha1Integration>(
            System.Text.Encoding.UTF8.GetBytes(await RunAsync("get", "integration", name, "-o", "json")));

    public async ValueTask DisposeAsync()
    {
        if (up is not null)
            await up.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
