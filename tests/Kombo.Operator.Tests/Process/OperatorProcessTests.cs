using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Events;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Applying;
using Kombo.Operator.Cluster;
using Kombo.Operator.Tests.Faults;
using Kombo.Operator.Tests.Support;
using Kombo.Storage;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Tests.Process;

/// <summary>The operator as a process of its own, with its own rights, on a real API server and a real database. There
/// are no nodes: the tests play the worker and the kubelet.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class OperatorProcessTests(ControlPlaneFixture cluster, PostgresFixture postgres)
    : IClassFixture<ControlPlaneFixture>, IClassFixture<PostgresFixture>, IAsyncLifetime, IDisposable
{
    const Need Needs = Need.ControlPlane | Need.Postgres;
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    readonly string name = $"op-{Guid.NewGuid():N}"[..12];
    readonly string folder = Directory.CreateTempSubdirectory("kombo-operator-").FullName;
    KubernetesHttpClient? client;
    ChildProcess? process;

    ChildProcess Running => process ?? throw new InvalidOperationException("not started");

    KubernetesHttpClient Client => client ?? throw new InvalidOperationException("not started");

    public async Task InitializeAsync()
    {
        if (Requirements.SkipReason(Needs) is not null)
            return;
        await cluster.KubectlAsync("apply", "--validate=false",
            "-f", RepositoryRoot.Combine("crds", "integrations.yaml"),
            "-f", RepositoryRoot.Combine("crds", "syncschedules.yaml"),
            "-f", RepositoryRoot.Combine("operator", "rbac.yaml"));
        await cluster.KubectlAsync(
            "wait", "--for=condition=Established", "crd/integrations.kombo.dev", "crd/syncschedules.kombo.dev");
        await cluster.KubectlAsync("create", "namespace", name);
        client = new(
            KubernetesClientConfiguration.BuildDefaultConfig(
                new() { KubeConfigPath = cluster.KubeconfigPath }), new() { Json = CustomResources.Json });
        var connection = await postgres.CreateDatabaseAsync();
        await using (var database = KomboDatabase.Open(connection, NullLoggerFactory.Instance))
            await database.MigrateAsync(CancellationToken.None);
        await cluster.KubectlAsync("create", "secret", "generic", "kombo-database", "-n", name,
            $"--from-literal=connectionString={connection}");
        await StartAsync(connection);
    }

    public async Task DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        if (client is not null)
            await cluster.KubectlAsync("delete", "namespace", name, "--wait=false");
        Directory.Delete(folder, recursive: true);
    }

    public void Dispose() => client?.Dispose();

    [RequiresFact(Needs)]
    public async Task From_kubectl_apply_to_the_next_slot()
    {
        await cluster.KubectlAsync(
            "create", "secret", "generic", "acme-scim", "-n", name, "--from-literal=token=value");
        await cluster.KubectlAsync("apply", "-n", name, "--validate=false",
            "-f", RepositoryRoot.Combine("crds", "samples", "valid", "schedule-full.yaml"),
            "-f", RepositoryRoot.Combine("crds", "samples", "valid", "integration-small.yaml"));

        var started = await UntilAsync("acme", status => status.Active?.Full is not null);
        var job = (await Client.GetAsync<V1Job>(started.Active!.Full!.JobName, name, CancellationToken.None))
            .ShouldNotBeNull();
        // The server accepts our template.
        var pod = await Eventually.GetsAsync(async () => (await PodsAsync(job)).SingleOrDefault(), Deadline);
        pod.Spec!.ServiceAccountName.ShouldBe("kombo-worker");
        (await Client.GetAsync<V1ServiceAccount>("kombo-worker", name, CancellationToken.None)).ShouldNotBeNull();
        (await cluster.KubectlAsync("get", "integrations", "-n", name)).ShouldContain("SyncInProgress");

        await cluster.KubectlAsync(
            "annotate", "integration", "acme", "-n", name, "--overwrite", $"{Annotations.RequestedAt}=token-1");
        await UntilAsync("acme", status => status.LastRequest is { Token: "token-1", Result: "Pending" });

        await PlayWorkerAsync(job, pod);
        var ended = await UntilAsync(
            "acme", status => status.LastHandledReconcileAt == "token-1" && status.Active?.Full is not null);
        ended.History!.Value.ShouldHaveSingleItem().Result.ShouldBe("Succeeded");
        ended.Progress!.Full!.Result.ShouldBe("Succeeded");
        await Eventually.BecomesAsync(
            async () => (await Client.GetAsync<V1Job>(
                job.Name(), name, CancellationToken.None))?.Spec?.TtlSecondsAfterFinished == 3600, Deadline);
        (await cluster.KubectlAsync("get", "events", "-n", name)).ShouldContain("SyncStarted");
        var next = await UntilAsync("acme", status => status.LastRequest?.Result == "Accepted");
        next.Active!.Full!.JobName.ShouldNotBe(job.Name());
    }

    static IEnumerable<string> RefusedByOperator => Directory
        .EnumerateFiles(RepositoryRoot.Combine("crds", "samples", "invalid"), "*.yaml")
        .Where(file => File.ReadLines(file).First() == "# refused-by: operator")
        .Select(file => Path.GetFileName(file))
        .Order(StringComparer.Ordinal);

    [RequiresFact(Needs)]
    public async Task What_the_schema_lets_through_the_operator_refuses_with_a_condition()
    {
        foreach (var file in RefusedByOperator)
        {
            try
            {
                await cluster.KubectlAsync(
                    "apply", "-n", name, "--validate=false",
                    "-f", RepositoryRoot.Combine("crds", "samples", "invalid", file));
            }
            catch (InvalidOperationException exception) when (
                exception.Message.Contains("is invalid", StringComparison.Ordinal))
            {
                continue; // a server with CEL
            }
            if (file.StartsWith("schedule", StringComparison.Ordinal))
                await Eventually.BecomesAsync(
                    async () => (await Client.GetAsync<V1Alpha1SyncSchedule>(
                        "bad", name, CancellationToken.None))?.Status?.Conditions?
                        .Any(condition => condition is { Type: "Stalled", Status: "True" }) == true,
                    Deadline,
                    file);
            else
                await UntilAsync("bad", status => status.Find(ConditionTypes.Stalled) is { Status: "True" }, file);
            await cluster.KubectlAsync("delete", "integration,syncschedule", "bad", "-n", name, "--ignore-not-found");
        }
        (await Client.ListAsync<V1Job>(name, ListOptions.All, CancellationToken.None)).Items.ShouldBeEmpty();
    }

    [RequiresFact(Needs)]
    public async Task A_status_is_refused_by_an_integration_that_was_made_again()
    {
        var view = new ClusterView(
            Client, Options.Create(new OperatorOptions()), TimeProvider.System, NullLoggerFactory.Instance);
        var events = new EventRecorder(Client, new("kombo.dev/operator", "test"), TimeProvider.System, NullLogger<EventRecorder>.Instance);
        var statuses = new StatusWriter(
            Client, new RecentWrites(view, TimeProvider.System), events, NullLogger<StatusWriter>.Instance);
        V1Alpha1Integration suspended = new()
        {
            Metadata = new() { Name = "twice", NamespaceProperty = name },
            Spec = new() { Connector = "scim", Suspend = true },
        };
        var first = await Client.CreateAsync(suspended, CancellationToken.None);
        await Client.DeleteAsync<V1Alpha1Integration>("twice", name, DeleteOptions.Background, CancellationToken.None);
        (await statuses.WriteAsync(first, new() { IntegrationId = "first" }, CancellationToken.None))
            .Write.ShouldBe(StatusWrite.Gone);
        await Client.CreateAsync(suspended, CancellationToken.None);
        (await statuses.WriteAsync(first, new() { IntegrationId = "first" }, CancellationToken.None))
            .Write.ShouldBe(StatusWrite.Outdated);
        (await UntilAsync("twice", status => status.Conditions is not null)).IntegrationId.ShouldNotBe("first");
    }

    [RequiresFact(Needs)]
    public async Task It_is_healthy_and_ready_and_ends_when_it_is_told_to()
    {
        var running = new RunningOperator(Running);
        (await running.HealthAsync("/healthz")).ShouldBe(HttpStatusCode.OK);
        (await running.HealthAsync("/readyz")).ShouldBe(HttpStatusCode.OK);
        (await running.HealthAsync("/metrics")).ShouldBe(HttpStatusCode.NotFound, "it has a port of its own");
        Running.Terminate();
        (await Running.WaitForExitAsync(Deadline)).ShouldBe(0, Running.Output);
    }

    async Task StartAsync(string connection)
    {
        process = ChildProcess.Start(BuiltProgram.Operator.With() with
        {
            WorkingFolder = folder,
            Environment = ImmutableDictionary<string, string?>.Empty
                .Add("KUBECONFIG", await KubeconfigOfOperatorAsync())
                .Add("KOMBO_DATABASE_CONNECTION", connection)
                .Add("KOMBO_Operator__WorkerImage", "kombo-worker:test")
                .Add("KOMBO_Operator__Namespaces", name)
                .Add("KOMBO_Operator__HealthPort", "0")
                .Add("KOMBO_Operator__MetricsPort", "0"),
        });
        await process.WaitForLineAsync("Ready:", Deadline);
    }

    // The operator's own rights are part of what is tested.
    async Task<string> KubeconfigOfOperatorAsync()
    {
        var config = JsonNode.Parse(await cluster.KubectlAsync("config", "view", "--raw", "-o", "json"))!;
        foreach (var user in config["users"]!.AsArray())
            user!["user"]!["as"] = "system:serviceaccount:kombo-system:kombo-operator";
        var file = Path.Combine(folder, "kubeconfig");
        await File.WriteAllTextAsync(file, config.ToJsonString());
        return file;
    }

    async Task PlayWorkerAsync(V1Job job, V1Pod pod)
    {
        var run = job.GetAnnotation(JobAnnotations.RunId)!;
        await Client.PatchStatusAsync<V1Alpha1Integration>(
            "acme",
            name,
            V1Patch.Apply(new JsonObject
            {
                ["apiVersion"] = "kombo.dev/v1alpha1",
                ["kind"] = "Integration",
                ["metadata"] = new JsonObject { ["name"] = "acme", ["namespace"] = name },
                ["status"] = new JsonObject
                {
                    ["progress"] = new JsonObject
                    {
                        ["full"] = new JsonObject
                        {
                            ["runId"] = run,
                            ["phase"] = "Finished",
                            ["result"] = "Succeeded",
                            ["finishedAt"] = "2026-01-05T09:00:00Z",
                        },
                    },
                },
            }),
            new(FieldManagers.Worker, Force: true),
            CancellationToken.None);
        await Client.PatchStatusAsync<V1Pod>(
            pod.Name(), name, V1Patch.Merge("""{"status":{"phase":"Succeeded"}}"""), PatchOptions.None, CancellationToken.None);
    }

    async Task<IReadOnlyList<V1Pod>> PodsAsync(V1Job job) =>
        (await Client.ListAsync<V1Pod>(
            name, ListOptions.All with { LabelSelector = $"job-name={job.Name()}" }, CancellationToken.None)).Items;

    async Task<IntegrationStatus> UntilAsync(
        string integration, Func<IntegrationStatus, bool> condition, string what = "")
    {
        IntegrationStatus? last = null;
        try
        {
            return await Eventually.GetsAsync(
                async () =>
                {
                    var found = await Client.GetAsync<V1Alpha1Integration>(integration, name, CancellationToken.None);
                    last = found?.Status;
                    return last is not null && condition(last) ? last : null;
                },
                Deadline,
                what);
        }
        catch (TimeoutException exception)
        {
            var status = CustomResources.Json.Serialize(last);
            throw new TimeoutException($"{exception.Message}; status: {status}; operator: {Running.Output}", exception);
        }
    }
}
