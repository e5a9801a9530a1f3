using System.Text.Json.Nodes;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Informers;
using Kombo.Kubernetes.Models;
using Kombo.Standalone.Manifests;
using Kombo.Standalone.State;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Standalone.Tests.State;

public sealed class StateTests : IDisposable
{
    static readonly PatchOptions Operator = new(FieldManagers.Operator, Force: true);
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kombo-state-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Uid_annotations_and_due_times_survive_a_restart()
    {
        using var first = new TestCluster();
        var created = await CreateAsync(first, "acme");
        await ApplyStatusAsync(first, """{"full":{"nextSyncTime":"2026-01-05T10:00:00Z"}}""");
        await SaveAsync(first);

        using var second = Restored();
        var found = await GetAsync(second);
        found.Uid().ShouldBe(created.Uid());
        found.Status!.Full!.NextSyncTime.ShouldBe(new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.Zero));
        Load().Single().Manifest!["version"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task Who_owns_a_field_survives_so_that_an_apply_takes_away_what_is_sent_no_more()
    {
        using var first = new TestCluster();
        await CreateAsync(first, "acme");
        await ApplyStatusAsync(first, """{"active":{"full":{"runId":"r","jobName":"j","trigger":"Initial"}},"integrationId":"sandbox:x"}""");
        await SaveAsync(first);

        using var second = Restored();
        await ApplyStatusAsync(second, """{"integrationId":"sandbox:x"}""");

        (await GetAsync(second)).Status!.Active.ShouldBeNull();
    }

    [Fact]
    public async Task What_was_deleted_does_not_come_back()
    {
        using var cluster = new TestCluster();
        await CreateAsync(cluster, "acme");
        await SaveAsync(cluster);
        await cluster.Client.DeleteAsync<V1Alpha1Integration>(
            "acme", "default", DeleteOptions.Background, CancellationToken.None);
        await SaveAsync(cluster, before: "acme");

        Load().ShouldBeEmpty();
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_set_aside_and_the_others_count()
    {
        State().Load(); // makes the folder
        State().Save("Integration default/good", new SavedObject([], null, null));
        File.WriteAllText(Path.Combine(folder.FullName, "broken.json"), "{\"object\":");

        Load().Count.ShouldBe(1);
        File.Exists(Path.Combine(folder.FullName, "broken.json.unreadable")).ShouldBeTrue();
    }

    [Fact]
    public void Only_the_owner_may_read_the_files()
    {
        State().Load();
        State().Save("Integration default/a", new SavedObject([], null, null));

        var mode = File.GetUnixFileMode(Directory.GetFiles(folder.FullName).Single());
        mode.ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Secrets_are_never_written()
    {
        using var cluster = new TestCluster();
        var applied = new AppliedManifests();
        var keeper = Keeper(cluster, applied);
        using var stopping = new CancellationTokenSource();
        var running = keeper.RunAsync(stopping.Token);
        applied.Set(
            new AppliedManifest(
                new ManifestKey("Secret", "default", "s"), new JsonObject { ["data"] = "hush" }, "s.yaml"));
        await stopping.CancelAsync();
        await running;

        Directory.GetFiles(folder.FullName).ShouldBeEmpty();
    }

    static async Task<V1Alpha1Integration> CreateAsync(
        TestCluster cluster, string name) => await cluster.Client.CreateAsync(
        new V1Alpha1Integration
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
            Spec = new() { Connector = "sandbox" },
        },
        CancellationToken.None);

    static Task<V1Alpha1Integration> ApplyStatusAsync(
        TestCluster cluster, string status) => cluster.Client.PatchStatusAsync<V1Alpha1Integration>(
        "acme", "default",
        V1Patch.Apply(new JsonObject
        {
            ["apiVersion"] = "kombo.dev/v1alpha1",
            ["kind"] = "Integration",
            ["metadata"] = new JsonObject { ["name"] = "acme", ["namespace"] = "default" },
            ["status"] = JsonNode.Parse(status),
        }),
        Operator, CancellationToken.None);

    static async Task<V1Alpha1Integration> GetAsync(TestCluster cluster) =>
        (await cluster.Client.GetAsync<V1Alpha1Integration>("acme", "default", CancellationToken.None))!; // restored

    // As a process does from its start to its end.
    async Task SaveAsync(TestCluster cluster, string? before = null)
    {
        var applied = new AppliedManifests();
        var keeper = Keeper(cluster, applied);
        var informer = new Informer<V1Alpha1Integration>(
            cluster.Client, new InformerOptions<V1Alpha1Integration>(), TimeProvider.System,
            NullLogger<Informer<V1Alpha1Integration>>.Instance);
        keeper.Follow(informer);
        using var stopping = new CancellationTokenSource();
        var running = Task.WhenAll(informer.RunAsync(stopping.Token), keeper.RunAsync(stopping.Token));
        await informer.WaitForSyncAsync(CancellationToken.None).WaitAsync(Deadline);
        foreach (var item in informer.Store.List())
            applied.Set(new AppliedManifest(new ManifestKey("Integration", "default", item.Name()), new JsonObject { ["version"] = 1 }, "a.yaml"));
        if (before is not null)
            applied.Set(new AppliedManifest(new ManifestKey("Integration", "default", before), [], "a.yaml"));
        await stopping.CancelAsync();
        await running;
    }

    TestCluster Restored()
    {
        var cluster = new TestCluster();
        foreach (var saved in Load())
            cluster.Client.RestoreObject(saved.Object);
        return cluster;
    }

    StateKeeper Keeper(TestCluster cluster, AppliedManifests applied) =>
        new(State(), cluster.Client, applied, TimeProvider.System, NullLogger<StateKeeper>.Instance);

    IReadOnlyList<SavedObject> Load() => State().Load();

    StateFolder State() => new(folder.FullName, NullLogger<StateFolder>.Instance);
}
