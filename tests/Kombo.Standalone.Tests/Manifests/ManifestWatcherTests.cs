using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Standalone.Manifests;
using Kombo.Testing;
using Microsoft.Extensions.Logging;

namespace Kombo.Standalone.Tests.Manifests;

public sealed class ManifestWatcherTests : IAsyncLifetime, IAsyncDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    readonly TestCluster cluster = new();
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kombo-manifests-");
    readonly CancellationTokenSource stopping = new();
    readonly ToldLines log = new();
    readonly ManifestWatcher watcher;
    readonly Task running;

    public ManifestWatcherTests()
    {
        watcher = new ManifestWatcher(
            new ManifestFolder(folder.FullName), new ManifestApplier(cluster.Client, cluster.Client.EnsureNamespace),
            new AppliedManifests(),
            TimeProvider.System, log);
        running = watcher.RunAsync(stopping.Token);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAny(running);
        stopping.Dispose();
        cluster.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_file_is_applied_its_edits_too_and_its_deletion_deletes()
    {
        Write("a.yaml", Integration("a", "connector: sandbox"));
        var created = await FindAsync("a", found => found is not null);

        Write("a.yaml", Integration("a", "connector: sandbox\n  suspend: true"));
        var edited = await FindAsync("a", found => found?.Spec?.Suspend == true);
        created.ShouldNotBeNull();
        edited.ShouldNotBeNull().Uid().ShouldBe(created.Uid());

        File.Delete(Path.Combine(folder.FullName, "a.yaml"));
        await FindAsync("a", found => found is null);
    }

    [Fact]
    public async Task An_annotation_in_the_file_is_set_and_those_of_others_stay()
    {
        Write("a.yaml", Integration("a", "connector: sandbox"));
        await FindAsync("a", found => found is not null);
        await cluster.Client.PatchAsync<V1Alpha1Integration>(
            "a", "default", V1Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["theirs"] = "1" } } }),
            PatchOptions.None, CancellationToken.None);

        Write("a.yaml", Integration("a", "connector: sandbox", "kombo.dev/requestedAt: t1"));
        var found = await FindAsync("a", found => found?.GetAnnotation(Annotations.RequestedAt) == "t1");

        found.ShouldNotBeNull();
        found.GetAnnotation("theirs").ShouldBe("1");
        found.Generation().ShouldBe(1);
    }

    [Fact]
    public async Task A_malformed_file_keeps_its_objects_and_the_others_go_on()
    {
        Write("a.yaml", Integration("a", "connector: sandbox"));
        Write("b.yaml", Integration("b", "connector: sandbox"));
        await FindAsync("b", found => found is not null);
        await FindAsync("a", found => found is not null);

        Write("a.yaml", "kind: [");
        Write("b.yaml", Integration("b", "connector: scim"));
        await FindAsync("b", found => found?.Spec?.Connector == "scim");
        await Eventually.BecomesAsync(() => watcher.Problems.Any(problem => problem.File == "a.yaml"), Deadline);
        (await cluster.Client.GetAsync<V1Alpha1Integration>("a", "default", CancellationToken.None)).ShouldNotBeNull();

        Write("a.yaml", Integration("a", "connector: scim"));
        await FindAsync("a", found => found?.Spec?.Connector == "scim");
        await Eventually.BecomesAsync(() => watcher.Problems.Count == 0, Deadline);
    }

    [Fact]
    public async Task A_key_that_leaves_a_secrets_file_leaves_the_secret()
    {
        Write("s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {token: a, other: b}\n");
        await Eventually.BecomesAsync(async () => (await SecretAsync())?.Data?.Count == 2, Deadline);

        Write("s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {token: c}\n");
        await Eventually.BecomesAsync(async () => (await SecretAsync())?.Data is { Count: 1 } data && data["token"].AsSpan().SequenceEqual("c"u8), Deadline);
    }

    [Fact]
    public async Task What_happened_and_what_is_wrong_is_told_once()
    {
        Write("a.yaml", Integration("a", "connector: sandbox"));
        await FindAsync("a", found => found is not null);
        Write("b.yaml", "kind: [");
        File.Delete(Path.Combine(folder.FullName, "a.yaml"));
        await FindAsync("a", found => found is null);
        await Eventually.BecomesAsync(() => watcher.Problems.Count == 1, Deadline);

        await watcher.ApplyAsync(CancellationToken.None);
        await watcher.ApplyAsync(CancellationToken.None);

        log.All.Count(message => message.Contains("default/a deleted", StringComparison.Ordinal)).ShouldBe(1);
        log.All.Count(message => message.StartsWith("b.yaml", StringComparison.Ordinal)).ShouldBe(1);
    }

    Task<V1Secret?> SecretAsync() => cluster.Client.GetAsync<V1Secret>("s", "default", CancellationToken.None);

    async Task<V1Alpha1Integration?> FindAsync(string name, Predicate<V1Alpha1Integration?> condition)
    {
        V1Alpha1Integration? found = null;
        await Eventually.BecomesAsync(
            async () => condition(found = await cluster.Client.GetAsync<V1Alpha1Integration>(name, "default", CancellationToken.None)), Deadline);
        return found;
    }

    void Write(string file, string text) => File.WriteAllText(Path.Combine(folder.FullName, file), text);

    static string Integration(string name, string spec, string? annotation = null) => $"""
        apiVersion: kombo.dev/v1alpha1
        kind: Integration
        metadata:
          name: {name}
          annotations: {(annotation is null ? "{}" : $"{{{annotation}}}")}
        spec:
          {spec}
        """;

    sealed class ToldLines : ILogger<ManifestWatcher>
    {
        public ConcurrentQueue<string> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => All.Enqueue(formatter(state, exception));
    }
}
