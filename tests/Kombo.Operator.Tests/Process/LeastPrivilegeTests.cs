using System.Collections.Concurrent;
using System.Net;
using Kombo.Operator.Tests.Faults;
using Kombo.Testing;

namespace Kombo.Operator.Tests.Process;

/// <summary>What the accounts of operator and workers may do, asked of the API server with their own tokens: for every
/// verb on everything that it serves, and for some of it by trying.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class LeastPrivilegeTests(FaultPlane plane)
{
    const string Integrations = "apis/kombo.dev/v1alpha1/namespaces";

    // As operator/rbac.yaml grants it in every namespace, without what it grants by name.
    const string Operators = """
        create /serviceaccounts
        create batch/jobs
        create events.k8s.io/events
        create rbac.authorization.k8s.io/rolebindings
        delete batch/jobs
        get /configmaps
        get /pods
        get /secrets
        get batch/jobs
        get kombo.dev/integrations
        get kombo.dev/integrations/status
        get kombo.dev/syncschedules
        get kombo.dev/syncschedules/status
        list /pods
        list batch/jobs
        list kombo.dev/integrations
        list kombo.dev/syncschedules
        patch batch/jobs
        patch events.k8s.io/events
        patch kombo.dev/integrations
        patch kombo.dev/integrations/status
        patch kombo.dev/syncschedules/status
        watch /pods
        watch batch/jobs
        watch kombo.dev/integrations
        watch kombo.dev/syncschedules
        """;

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_worker_may_patch_the_status_of_Integrations_of_its_namespace_and_nothing_else()
    {
        await using var story = await Story.BeginAsync(plane);
        await using (plane.StartProcess(story.Namespace)) // makes the account and its binding
        {
            await story.CreateAsync();
            await story.UntilRunsAsync(_ => true);
        }
        var (home, other) = (story.Namespace, await plane.NewNamespaceAsync());
        using var worker = await ReviewedAccount.OfAsync(plane.Cluster, home, "kombo-worker");
        var resources = await ReviewedAccount.ResourcesAsync(plane.Cluster);

        (await worker.AllowedAsync(resources, home)).ShouldBe(["patch kombo.dev/integrations/status"]);
        (await worker.AllowedAsync(resources, other)).ShouldBeEmpty();
        (await worker.AllowedAsync(resources, "")).ShouldBeEmpty("in all namespaces at once, or of the cluster");

        const string Word = """{"status":{"progress":{"full":{"runId":"r","phase":"Fetching"}}}}""";
        foreach (var (method, path, body, expected) in new[]
        {
            ("PATCH", $"{Integrations}/{home}/integrations/acme/status", Word, HttpStatusCode.OK),
            ("PATCH", $"{Integrations}/{other}/integrations/acme/status", Word, HttpStatusCode.Forbidden),
            ("PATCH", $"{Integrations}/{home}/integrations/acme", """{"spec":{"suspend":true}}""", HttpStatusCode.Forbidden),
            ("GET", $"{Integrations}/{home}/integrations/acme", null, HttpStatusCode.Forbidden),
            ("GET", $"api/v1/namespaces/{home}/secrets/acme-scim", null, HttpStatusCode.Forbidden),
            ("GET", $"api/v1/namespaces/{home}/secrets", null, HttpStatusCode.Forbidden),
            ("GET", $"api/v1/namespaces/{home}/pods", null, HttpStatusCode.Forbidden),
            ("POST", $"api/v1/namespaces/{home}/serviceaccounts/kombo-worker/token", "{}", HttpStatusCode.Forbidden),
        })
            (await worker.TryAsync(method, path, body)).ShouldBe(expected, $"{method} {path}");
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task An_operator_may_get_Secrets_and_neither_list_nor_watch_them_and_no_more_than_it_needs()
    {
        var space = await plane.NewNamespaceAsync();
        using var account = await ReviewedAccount.OfAsync(plane.Cluster, "kombo-system", "kombo-operator");
        var allowed = await account.AllowedAsync(await ReviewedAccount.ResourcesAsync(plane.Cluster), space);

        allowed.Except(["update kombo.dev/integrations/finalizers"]).Order(StringComparer.Ordinal).ShouldBe(
            Operators.Split('\n'));
        (await account.MayAsync("get", "/serviceaccounts", space, "kombo-worker")).ShouldBeTrue();
        (await account.MayAsync("get", "rbac.authorization.k8s.io/rolebindings", space, "kombo-worker")).ShouldBeTrue();
        (await account.MayAsync("update", "coordination.k8s.io/leases", "kombo-system", "kombo-operator")).ShouldBeTrue();
        (await account.MayAsync("update", "coordination.k8s.io/leases", space, "kombo-operator")).ShouldBeFalse();

        var secrets = $"api/v1/namespaces/{space}/secrets";
        foreach (var (method, path, expected) in new[]
        {
            ("GET", $"{secrets}/acme-scim", HttpStatusCode.OK),
            ("GET", secrets, HttpStatusCode.Forbidden),
            ("GET", $"{secrets}?watch=true&resourceVersion=0&timeoutSeconds=1", HttpStatusCode.Forbidden),
            ("GET", $"{secrets}?fieldSelector=metadata.name%3Dacme-scim", HttpStatusCode.Forbidden),
            ("GET", "api/v1/secrets", HttpStatusCode.Forbidden),
            ("DELETE", $"{secrets}/acme-scim", HttpStatusCode.Forbidden),
        })
            (await account.TryAsync(method, path)).ShouldBe(expected, $"{method} {path}");
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task Of_two_watched_namespaces_an_operator_asks_only_for_Secrets_that_their_Integrations_name()
    {
        await using var first = await Story.BeginAsync(plane);
        await using var second = await Story.BeginAsync(plane);
        await using var third = await Story.BeginAsync(plane);
        var log = new RequestLog();
        using var client = plane.NewClient(log.Around);
        await third.CreateAsync();
        await using (await InProcessOperator.StartAsync(new OperatorSetup
        {
            Namespaces = $"{first.Namespace},{second.Namespace}",
            Client = client,
            Database = plane.Database,
        }))
            foreach (var story in new[] { first, second })
            {
                await story.CreateAsync();
                await story.UntilRunsAsync(_ => true);
                await story.FinishAsync();
                await story.UntilQuietAsync();
            }

        log.Paths.Where(path => path.Contains("/secrets", StringComparison.Ordinal)).Distinct().Order().ShouldBe(
            new[] { first, second }.SelectMany(story => new[] { "acme-scim", "kombo-database" }
                .Select(name => $"GET /api/v1/namespaces/{story.Namespace}/secrets/{name}")).Order());
        log.Paths.ShouldNotContain(path => path.Contains(third.Namespace, StringComparison.Ordinal));
        third.Chronicle.Jobs.ShouldBeEmpty();
        third.Status.Conditions.ShouldBeNull();
    }

    sealed class RequestLog
    {
        public ConcurrentQueue<string> Paths { get; } = new();

        public HttpMessageHandler Around(HttpMessageHandler inner) => new Recording(inner, Paths);

        sealed class Recording(HttpMessageHandler inner, ConcurrentQueue<string> paths) : DelegatingHandler(inner)
        {
            protected override Task<HttpResponseMessage> SendAsync(
                HttpRequestMessage request, CancellationToken cancellationToken)
            {
                paths.Enqueue($"{request.Method} {request.RequestUri!.AbsolutePath}");
                return base.SendAsync(request, cancellationToken);
            }
        }
    }
}
