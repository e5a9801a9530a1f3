using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Kubernetes.Models;
using Kombo.Testing;

namespace Kombo.Kubernetes.Tests.Http;

/// <summary>What a server or the network may do to the client.</summary>
public sealed class KubernetesHttpClientTests : IDisposable
{
    const string Map = """{"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "n", "resourceVersion": "1"}}""";

    readonly ManualClock clock = new();
    readonly ScriptedHandler server = new();
    readonly KubernetesHttpClient client;

    public KubernetesHttpClientTests() => client = new KubernetesHttpClient(
        new KubernetesClientConfiguration(new Uri("http://cluster.test/")),
        new KubernetesClientOptions { Clock = clock, Wrap = _ => server, MaxWatchLineBytes = 1000 });

    public void Dispose() => client.Dispose();

    static CancellationToken None => CancellationToken.None;

    Task<V1ConfigMap?> GetAsync() => client.GetAsync<V1ConfigMap>("a", "n", None);

    Task<V1ConfigMap> CreateAsync() =>
        client.CreateAsync(new V1ConfigMap { Metadata = new() { Name = "a", NamespaceProperty = "n" } }, None);

    [Fact]
    public async Task A_throttled_read_waits_as_asked_and_is_repeated()
    {
        server.Then(429, "slow down", "text/plain", retryAfter: 3).Then(200, Map);
        var read = GetAsync();
        await WaitsAsync();
        clock.Advance(TimeSpan.FromSeconds(2.9));
        server.Requests.Count.ShouldBe(1);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        (await read)!.Name().ShouldBe("a");
    }

    [Fact]
    public async Task A_wait_that_is_too_long_is_the_callers()
    {
        server.Then(429, "slow down", "text/plain", retryAfter: 600);
        var failure = await Should.ThrowAsync<KubernetesException>(GetAsync);
        failure.IsTooManyRequests.ShouldBeTrue();
        failure.RetryAfter.ShouldBe(TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task A_read_survives_a_reset_and_a_server_that_is_away()
    {
        server.ThenReset().Then(503, "away", "text/plain").Then(200, Map);
        var read = GetAsync();
        await AdvanceUntilAsync(read);
        (await read).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_create_is_sent_once_when_nobody_knows_what_became_of_it()
    {
        server.ThenReset();
        (await Should.ThrowAsync<KubernetesException>(CreateAsync)).IsConnectionFailure.ShouldBeTrue();
        server.Requests.ShouldBe(["POST /api/v1/namespaces/n/configmaps"]);
    }

    [Fact]
    public async Task Credentials_that_cannot_be_read_are_the_clients_own_exception()
    {
        server.Then((_, _) => throw new UnauthorizedAccessException("Access to the path '/token' is denied."));
        var failure = await Should.ThrowAsync<KubernetesException>(CreateAsync);
        failure.IsConnectionFailure.ShouldBeTrue();
        failure.Message.ShouldContain("credentials cannot be read (Access to the path '/token' is denied.)");
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_left()
    {
        foreach (var _ in Enumerable.Range(0, 5))
        {
            server.Then(async (_, cancellationToken) =>
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken); // for ever
                return null!; // not reached
            });
        }
        var read = GetAsync();
        await AdvanceUntilAsync(read);
        (await Should.ThrowAsync<KubernetesException>(() => read)).IsConnectionFailure.ShouldBeTrue();
        server.Requests.Count.ShouldBe(5);
    }

    [Fact]
    public async Task Cancellation_by_the_caller_stays_what_it_is()
    {
        using var stop = new CancellationTokenSource();
        server.Then(async (_, cancellationToken) =>
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken); // for ever
            return null!; // not reached
        });
        var read = client.GetAsync<V1ConfigMap>("a", "n", stop.Token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => read);
    }

    [Fact]
    public async Task A_status_is_read_and_anything_else_is_not_trusted()
    {
        server.Then(409, """{"kind": "Status", "status": "Failure", "message": "there", "reason": "AlreadyExists", "code": 409}""");
        (await Should.ThrowAsync<KubernetesException>(CreateAsync)).IsAlreadyExists.ShouldBeTrue();
        server.Then(403, "<html>a proxy's page with a secret</html>", "text/html");
        var failure = await Should.ThrowAsync<KubernetesException>(CreateAsync);
        failure.IsForbidden.ShouldBeTrue();
        failure.Message.ShouldBe("POST /api/v1/namespaces/n/configmaps: the server answered 403");
        server.Then(200, """{"kind": "ConfigMap", "metadata": {"na""");
        (await Should.ThrowAsync<KubernetesException>(CreateAsync)).Status.Reason.ShouldBe("Undecodable");
    }

    [Fact]
    public async Task A_list_arrives_in_pieces_of_any_size()
    {
        var body = new SlowStream();
        foreach (var letter in $$$"""{"kind": "List", "metadata": {"resourceVersion": "7"}, "items": [{{{Map}}}, {{{Map}}}]}""")
            body.Send(letter.ToString());
        server.ThenStream(body.End());
        var list = await client.ListAsync<V1ConfigMap>("n", ListOptions.All, None);
        list.Items.Count.ShouldBe(2);
        list.Metadata.ResourceVersion.ShouldBe("7");
    }

    [Fact]
    public async Task An_item_that_cannot_be_read_is_named_and_left_out()
    {
        server.Then(200, $$$"""{"metadata": {}, "items": [{{{Map}}}, {"metadata": {"name": "b", "namespace": "n"}, "data": 5}], "kind": "List"}""");
        var list = await client.ListAsync<V1ConfigMap>("n", ListOptions.All, None);
        list.Items.Single().Name().ShouldBe("a");
        list.Undecodable.ShouldBe([new NamespacedName("n", "b")]);
    }

    [Fact]
    public async Task A_null_list_is_empty()
    {
        server.Then(200, """{"metadata": {"resourceVersion": "7"}, "items": null}""");
        (await client.ListAsync<V1ConfigMap>("n", ListOptions.All, None)).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_list_that_breaks_off_is_no_list()
    {
        foreach (var _ in Enumerable.Range(0, 5))
            server.Then(200, $$"""{"metadata": {}, "items": [{{Map}},""");
        var list = client.ListAsync<V1ConfigMap>("n", ListOptions.All, None);
        await AdvanceUntilAsync(list);
        await Should.ThrowAsync<KubernetesException>(() => list);
    }

    async Task WaitsAsync() => await Eventually.BecomesAsync(() => clock.PendingTimers > 0, TimeSpan.FromSeconds(10));

    Task AdvanceUntilAsync(Task task) => Eventually.BecomesAsync(
        () =>
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            return task.IsCompleted;
        },
        TimeSpan.FromSeconds(10));
}
