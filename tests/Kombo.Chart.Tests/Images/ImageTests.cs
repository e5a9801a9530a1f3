using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using Kombo.Testing;

namespace Kombo.Chart.Tests.Images;

/// <summary>What the Dockerfile publishes runs: not as root, and without writing where it lies.</summary>
[Trait("Level", "slow")]
public sealed partial class ImageTests(PublishedImages images, PostgresFixture postgres)
    : IClassFixture<PublishedImages>, IClassFixture<PostgresFixture>
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    static readonly ImmutableDictionary<string, string?> Nothing = ImmutableDictionary<string, string?>.Empty;

    [RequiresFact(Need.Postgres | Need.Linker)]
    public async Task The_worker_migrates_a_database()
    {
        var before = Listing("worker");
        await using var worker = images.Run(
            "worker", ["migrate"], Nothing.Add("KOMBO_DATABASE_CONNECTION", await postgres.CreateDatabaseAsync()));
        (await worker.WaitForExitAsync(Deadline)).ShouldBe(0, worker.Output);
        worker.Output.ShouldContain("is at schema version");
        Listing("worker").ShouldBe(before);
    }

    [RequiresFact(Need.Linker)]
    public async Task The_operator_answers_for_its_health_and_ends_when_it_is_told_to()
    {
        var before = Listing("operator");
        await using var process = images.Run("operator", [], Nothing
            .Add("KUBECONFIG", Kubeconfig())
            .Add("KOMBO_Operator__WorkerImage", "kombo-worker")
            .Add("KOMBO_Operator__HealthPort", "0"));
        var line = await process.WaitForLineAsync("listening on: http://", Deadline);
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{Port().Match(line).Groups[1].Value}") };
        (await http.GetAsync("/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.GetAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, "there is no cluster");
        process.Terminate();
        (await process.WaitForExitAsync(Deadline)).ShouldBe(0, process.Output);
        Listing("operator").ShouldBe(before);
    }

    // One that leads nowhere, where the image's user may read it.
    string Kubeconfig()
    {
        var file = Path.Combine(Path.GetDirectoryName(images.FolderOf("operator"))!, "kubeconfig"); // it is below a folder
        File.WriteAllText(file, """
            {"apiVersion": "v1", "kind": "Config", "current-context": "none",
             "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:1"}}], "users": [{"name": "none", "user": {}}],
             "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}]}
            """);
        return file;
    }

    IReadOnlyList<string> Listing(string image) =>
        [.. new DirectoryInfo(images.FolderOf(image)).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Select(entry => $"{entry.FullName} {entry.LastWriteTimeUtc:O}").Order(StringComparer.Ordinal)];

    [GeneratedRegex(@":(\d+)\D*$")]
    private static partial Regex Port();
}
