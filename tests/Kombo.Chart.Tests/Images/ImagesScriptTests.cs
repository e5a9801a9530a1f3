using System.Collections.Immutable;
using Kombo.Testing;

namespace Kombo.Chart.Tests.Images;

/// <summary>make images, with an engine that only writes down what it is asked for.</summary>
public sealed class ImagesScriptTests : IDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kombo-engine-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Both_images_are_built_from_the_Dockerfile_with_the_given_base_and_named()
    {
        var log = await InstallAsync("""[ "$1" = info ] || echo "$@" >>"$0.log" """);
        var printed = await RunAsync(("REGISTRY", "registry.example/hr"), ("TAG", "7"), ("RUNTIME_IMAGE", "base:1"));
        printed.Split('\n').ShouldBe(["registry.example/hr/kombo-operator:7", "registry.example/hr/kombo-worker:7"]);
        (await File.ReadAllLinesAsync(log)).ShouldBe(new[] { "operator", "worker" }.Select(name =>
            $"build --file {RepositoryRoot.Combine("Dockerfile")} --target {name} --build-arg RUNTIME_IMAGE=base:1 "
            + $"--tag registry.example/hr/kombo-{name}:7 {RepositoryRoot.Path}"));
    }

    [Fact]
    public async Task Without_a_running_engine_it_says_what_is_needed()
    {
        await InstallAsync("exit 1");
        (await Should.ThrowAsync<InvalidOperationException>(() => RunAsync())).Message.ShouldContain("docker or podman is needed");
    }

    async Task<string> InstallAsync(string script)
    {
        foreach (var name in new[] { "docker", "podman" })
        {
            var file = Path.Combine(folder.FullName, name);
            await File.WriteAllTextAsync(file, $"#!/bin/sh\n{script}\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        return Path.Combine(folder.FullName, "docker.log");
    }

    Task<string> RunAsync(params (string Name, string Value)[] variables) => ChildProcess.RunAsync(
        new ChildProcessStart
        {
            Program = RepositoryRoot.Combine("build", "images.sh"),
            Environment = variables.Aggregate(
                ImmutableDictionary<string, string?>.Empty.Add("PATH", $"{folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}"),
                (all, variable) => all.Add(variable.Name, variable.Value)),
        },
        Deadline);
}
