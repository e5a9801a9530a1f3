using System.Collections.Immutable;
using Kombo.Testing;

namespace Kombo.Demo;

/// <summary>Everything that the story needs, as processes: the HR system, Kombo, and a view on its status.</summary>
sealed class Stage : IAsyncDisposable
{
    static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);

    readonly DirectoryInfo folder;
    readonly ChildProcess sandboxProcess;
    readonly string connection;
    readonly CancellationToken interrupted;
    ChildProcess? up;
    StatusView? status;

    Stage(DirectoryInfo folder, ChildProcess sandboxProcess, Uri source, (string Connection, CancellationToken Interrupted) outside)
    {
        (this.folder, this.sandboxProcess) = (folder, sandboxProcess);
        (connection, interrupted) = outside;
        Sandbox = new Sandbox(source);
        Manifests = new ManifestFiles(folder.CreateSubdirectory("manifests").FullName, source);
        Mirror = new Mirror(connection);
    }

    public Sandbox Sandbox { get; }

    public ManifestFiles Manifests { get; }

    public Mirror Mirror { get; }

    public StatusView Status => status ?? throw new InvalidOperationException("kombo up has not been started");

    static string Kombo => RepositoryRoot.Combine("standalone", "bin", "Debug", "net10.0", "kombo");

    string DataPath => Path.Combine(folder.FullName, "data");

    ImmutableDictionary<string, string?> Environment => ImmutableDictionary<string, string?>.Empty
        .Add("KOMBO_DATABASE_CONNECTION", connection)
        .Add("KOMBO_ALLOWED_HOSTS", "127.0.0.1") // the sandbox is on this machine; sources are public otherwise
        .Add("KOMBO_DATA", DataPath);

    public static async Task<Stage> SetAsync(string connection, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("kombo-demo-");
        var process = ChildProcess.Start(
            RepositoryRoot.Combine("tests", "Kombo.Sandbox", "bin", "Debug", "net10.0", "kombo-sandbox"));
        try
        {
            var line = await process.WaitForLineAsync("listening=", StartDeadline);
            cancellationToken.ThrowIfCancellationRequested();
            return new Stage(folder, process, new Uri(line.Split('=')[1]), (connection, cancellationToken));
        }
        catch
        {
            await process.DisposeAsync();
            folder.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>Starts Kombo on the manifests.</summary>
    public async Task StartAsync()
    {
        up = ChildProcess.Start(new ChildProcessStart
        {
            Program = Kombo,
            Arguments = ["up", "--manifests", Manifests.Path],
            Environment = Environment,
        });
        await up.WaitForLineAsync("kombo is up", StartDeadline);
        status = new StatusView(ChildProcess.Start(new ChildProcessStart
        {
            Program = Kombo,
            Arguments = ["get", "integration", ManifestFiles.Name, "--output", "json", "--watch"],
            Environment = Environment,
        }), up, interrupted);
    }

    /// <summary>Runs the command line as a user would, and shows what it says.</summary>
    public async Task ShowAsync(params ImmutableArray<string> arguments)
    {
        Story.Say($"$ kombo {string.Join(' ', arguments)}");
        var output = await ChildProcess.RunAsync(
            new ChildProcessStart { Program = Kombo, Arguments = arguments, Environment = Environment }, StartDeadline);
        foreach (var line in output.TrimEnd().Split('\n'))
            Story.Say($"  {line}");
    }

    public async Task StopAsync()
    {
        if (up is null)
            return;
        up.Terminate();
        var code = await up.WaitForExitAsync(StartDeadline);
        Story.Check(code == 0, $"kombo up ended with {code}:\n{up.Output}");
    }

    public async ValueTask DisposeAsync()
    {
        if (status is not null)
            await status.DisposeAsync();
        if (up is not null)
            await up.DisposeAsync();
        await sandboxProcess.DisposeAsync();
        Sandbox.Dispose();
        await Mirror.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
