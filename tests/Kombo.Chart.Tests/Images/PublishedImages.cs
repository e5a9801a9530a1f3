using System.Collections.Immutable;
using Kombo.Testing;

namespace Kombo.Chart.Tests.Images;

/// <summary>The images without an engine: the files that .dockerignore lets through, published by the Dockerfile's own
/// commands, and started by its entry points as its user.</summary>
public sealed class PublishedImages : IAsyncLifetime
{
    const UnixFileMode ForAll =
        UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    static readonly TimeSpan PublishDeadline = TimeSpan.FromMinutes(10);

    readonly DirectoryInfo root = Directory.CreateTempSubdirectory("kombo-images-");
    readonly Dockerfile dockerfile = Dockerfile.Read();

    internal string FolderOf(string image) => Outside(dockerfile.Images[image].Source);

    public async Task InitializeAsync()
    {
        if (Requirements.SkipReason(Need.Linker) is not null)
            return;
        var source = root.CreateSubdirectory("src").FullName;
        foreach (var line in File.ReadLines(RepositoryRoot.Combine(".dockerignore")).Where(line => line.StartsWith('!')))
            Copy(RepositoryRoot.Combine(line[1..]), Path.Combine(source, line[1..]));
        foreach (var command in dockerfile.Commands)
            await ChildProcess.RunAsync(
                new ChildProcessStart
                {
                    Program = "sh",
                    Arguments = ["-c", Outside(command)],
                    WorkingFolder = source,
                    Environment = ImmutableDictionary<string, string?>.Empty
                        .Add("CI", null) // in an image's build, lock files are completed for its platform
                        .Add("MSBUILDDISABLENODEREUSE", "1")
                        .Add("UseSharedCompilation", "false"),
                },
                PublishDeadline);
        root.UnixFileMode |= ForAll;
    }

    /// <summary>As <c>docker run IMAGE ARGUMENTS</c>; as the image's own user where the tests may change theirs.</summary>
    internal ChildProcess Run(string image, string[] arguments, ImmutableDictionary<string, string?> environment)
    {
        var stage = dockerfile.Images[image];
        var program = Path.Combine(FolderOf(image), Path.GetFileName(stage.EntryPoint[0]));
        string[] asUser = Environment.IsPrivilegedProcess
            ? ["setpriv", $"--reuid={stage.User}", $"--regid={stage.User}", "--clear-groups", "--no-new-privs", "--bounding-set=-all"]
            : ["env"];
        return ChildProcess.Start(new ChildProcessStart
        {
            Program = asUser[0],
            Arguments = [.. asUser[1..], program, .. stage.EntryPoint[1..], .. arguments],
            WorkingFolder = FolderOf(image),
            Environment = environment
                .SetItems(stage.Environment.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)))
                .Add("HOME", "/nonexistent"),
        });
    }

    public Task DisposeAsync()
    {
        root.Delete(recursive: true);
        return Task.CompletedTask;
    }

    string Outside(string text) => text.Replace("/out/", $"{root.FullName}/out/", StringComparison.Ordinal);

    static void Copy(string from, string to)
    {
        if (File.Exists(from))
        {
            File.Copy(from, to);
            return;
        }
        Directory.CreateDirectory(to);
        foreach (var entry in Directory.EnumerateFileSystemEntries(from).Where(entry => Path.GetFileName(entry) is not ("bin" or "obj")))
            Copy(entry, Path.Combine(to, Path.GetFileName(entry)));
    }
}
