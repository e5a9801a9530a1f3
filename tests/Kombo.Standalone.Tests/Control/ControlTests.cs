using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Standalone.Commands;
using Kombo.Standalone.Control;
using Kombo.Standalone.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kombo.Standalone.Tests.Control;

public sealed class ControlTests : IAsyncLifetime, IAsyncDisposable
{
    static readonly ControlKind Integrations = ControlKind.Find("integ")!; // a short name of theirs

    readonly TestCluster cluster = new();
    readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("kombo-");
    readonly DataFolder folder;
    readonly WebApplication app;
    readonly ControlClient client;

    public ControlTests()
    {
        folder = DataFolder.Find(directory.FullName);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(folder.SocketPath));
        builder.Services.AddSingleton<IKubernetesClient>(cluster.Client).AddSingleton(TimeProvider.System)
            .AddSingleton<IControlSource>(new FixedSource());
        app = builder.Build();
        app.MapControl();
        client = new ControlClient(folder);
    }

    public async Task InitializeAsync()
    {
        await app.StartAsync();
        await cluster.Client.CreateAsync(
            new V1Alpha1Integration
            {
                Metadata = new V1ObjectMeta { Name = "acme", NamespaceProperty = "default" },
                Spec = new() { Connector = "sandbox" },
            },
            CancellationToken.None);
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.DisposeAsync();
        cluster.Dispose();
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Lists_objects_of_a_namespace_or_of_all()
    {
        (await client.ListAsync(Integrations, "default", default)).Items.Select(NameOf).ShouldBe(["acme"]);
        (await client.ListAsync(Integrations, "hr", default)).Items.ShouldBeEmpty();
        (await client.ListAsync(Integrations, null, default)).Items.Select(NameOf).ShouldBe(["acme"]);
    }

    [Fact]
    public async Task A_sync_is_requested_by_the_annotations_that_kubectl_would_set()
    {
        var first = await client.RequestSyncAsync("default", "acme", "delta", default);
        var found = await cluster.Client.GetAsync<V1Alpha1Integration>("acme", "default", default);
        found.ShouldNotBeNull();
        found.GetAnnotation(Annotations.RequestedAt).ShouldBe(first);
        found.GetAnnotation(Annotations.RequestedSync).ShouldBe("delta");

        (await client.RequestSyncAsync("default", "acme", "full", default)).ShouldNotBe(first);
    }

    [Fact]
    public async Task A_watch_shows_changes_after_the_list()
    {
        var list = await client.ListAsync(Integrations, "default", default);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var changes = client.WatchAsync(Integrations, "default", list.Version, deadline.Token)
            .GetAsyncEnumerator(deadline.Token);
        var next = changes.MoveNextAsync();
        await client.RequestSyncAsync("default", "acme", "full", default);
        (await next).ShouldBeTrue();
        changes.Current.Deleted.ShouldBeFalse();

        await cluster.Client.DeleteAsync<V1Alpha1Integration>("acme", "default", DeleteOptions.Background, default);
        (await changes.MoveNextAsync()).ShouldBeTrue();
        changes.Current.Deleted.ShouldBeTrue();
    }

    [Fact]
    public async Task An_open_watch_does_not_hold_up_the_end()
    {
        var list = await client.ListAsync(Integrations, "default", default);
        await using var changes = client.WatchAsync(Integrations, "default", list.Version, default)
            .GetAsyncEnumerator();
        var next = changes.MoveNextAsync();
        await client.RequestSyncAsync("default", "acme", "full", default);
        (await next).ShouldBeTrue();

        await app.StopAsync().WaitAsync(TimeSpan.FromSeconds(20)); // the host's own patience is 30 s
        (await changes.MoveNextAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_not_there_is_named_with_the_remedy()
    {
        var failure = await Should.ThrowAsync<ControlException>(
            () => client.ExplainAsync("default", "nobody", default));

        failure.Message.ShouldBe("there is no Integration \"nobody\" in the namespace \"default\"; see: kombo get -A");
        await Should.ThrowAsync<ControlException>(() => client.RequestSyncAsync("default", "nobody", "full", default));
    }

    [Fact]
    public async Task Explanation_and_problems_come_from_the_running_process()
    {
        (await client.ExplainAsync("default", "acme", default)).ShouldBe("The next full sync is due.");
        (await client.ProblemsAsync(default)).ShouldBe(["a.yaml:1: broken"]);
    }

    [Fact]
    public async Task Without_a_running_process_it_says_how_to_start_one()
    {
        await app.StopAsync();

        var failure = await Should.ThrowAsync<ControlException>(() => client.ProblemsAsync(default));
        failure.Message.ShouldContain("no kombo up is running");
        failure.Message.ShouldContain(folder.Path);
    }

    [Theory]
    [InlineData("get", 0)]
    [InlineData("get integrations acme -o yaml", 0)]
    [InlineData("get integration nobody", 1)]
    [InlineData("get pods", 1)]
    [InlineData("explain acme", 0)]
    [InlineData("explain nobody", 1)]
    [InlineData("sync acme --type delta", 0)]
    [InlineData("sync nobody", 1)]
    public async Task Commands_end_with_a_code_that_scripts_can_use(string line, int code) =>
        (await KomboCommand.Create().Parse([.. line.Split(' '), "--data", folder.Path]).InvokeAsync()).ShouldBe(
            code, line);

    [Fact]
    public void Secrets_cannot_be_asked_for() => ControlKind.Find("secrets").ShouldBeNull();

    static string NameOf(System.Text.Json.Nodes.JsonObject json) => (string)json["metadata"]!["name"]!;

    [Fact]
    public async Task An_event_is_told_of_an_Integration_that_is_there()
    {
        (await client.TellAsync("default", "acme", new("1", "hris_employees", "e1"), default)).ShouldBeTrue();
        (await client.TellAsync("default", "acme", new("known", "hris_employees", null), default)).ShouldBeFalse();
        (await Should.ThrowAsync<ControlException>(client.TellAsync("default", "none", new(null, null, null), default)))
            .Message.ShouldContain("there is no Integration \"none\"");
    }

    sealed class FixedSource : IControlSource
    {
        public IReadOnlyList<string> Problems => ["a.yaml:1: broken"];

        public Task<string?> ExplainAsync(string space, string name, CancellationToken cancellationToken) =>
            Task.FromResult(name == "acme" ? "The next full sync is due." : null);

        public Task<bool?> TellAsync(string space, string name, EventBody body, CancellationToken cancellationToken) =>
            Task.FromResult<bool?>(name == "acme" ? body.Id != "known" : null);
    }
}
