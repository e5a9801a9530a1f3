using Kombo.Kubernetes.Models;
using Kombo.Standalone.Jobs;

namespace Kombo.Standalone.Tests.Jobs;

public sealed class MountedFilesTests
{
    static readonly V1PodSpec Pod = new()
    {
        Containers =
        [
            new()
            {
                VolumeMounts =
                [
                    new() { Name = "secret", MountPath = "/run/credentials" },
                    new() { Name = "map", MountPath = "/run/connector" },
                ],
            },
        ],
        Volumes =
        [
            new() { Name = "secret", Secret = new() { SecretName = "acme" } },
            new() { Name = "map", ConfigMap = new() { Name = "own", Items = [new() { Key = "acme.yaml", Path = "connector.yaml" }] } },
        ],
    };

    [Theory]
    [InlineData("/run/credentials", "acme")]
    [InlineData("/run/connector", null)]
    [InlineData("/elsewhere", null)]
    public void Finds_the_secret_behind_a_folder(string folder, string? expected) =>
        MountedFiles.SecretAt(Pod, folder).ShouldBe(expected);

    [Theory]
    [InlineData("/run/connector/connector.yaml", "own/acme.yaml")]
    [InlineData("/run/connector/other.yaml", "own/other.yaml")]
    [InlineData("/run/connectors/connector.yaml", null)]
    [InlineData("/run/credentials/token", null)]
    public void Finds_the_key_behind_a_file(string file, string? expected) =>
        (MountedFiles.ConfigMapKeyAt(Pod, file) is { } found ? $"{found.ConfigMap}/{found.Key}" : null).ShouldBe(
            expected);
}
