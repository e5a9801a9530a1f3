using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Tests.Faults;
using Kombo.Storage;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Operator.Tests.Process;

/// <summary>Two operators as processes, with the operator's own rights, on a real API server and a real database.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class ElectionTests(ControlPlaneFixture cluster, PostgresFixture postgres)
    : IClassFixture<ControlPlaneFixture>, IClassFixture<PostgresFixture>, IAsyncLifetime, IDisposable
{
    const Need Needs = Need.ControlPlane | Need.Postgres;
    const string System = "kombo-system";
    const string Lease = "kombo-operator";
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(15);

    readonly string name = $"lead-{Guid.NewGuid():N}"[..13];
    readonly string folder = Directory.CreateTempSubdirectory("kombo-election-").FullName;
    readonly List<RunningOperator> operators = [];
    KubernetesHttpClient? client;
    string connection = "";

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
        await cluster.KubectlAsync("delete", "lease", Lease, "-n", System, "--ignore-not-found");
        await cluster.KubectlAsync("create", "namespace", name);
        client = new(
            KubernetesClientConfiguration.BuildDefaultConfig(
                new() { KubeConfigPath = cluster.KubeconfigPath }), new() { Json = CustomResources.Json });
        connection = await postgres.CreateDatabaseAsync();
        await using (var database = KomboDatabase.Open(connection, NullLoggerFactory.Instance))
            await database.MigrateAsync(CancellationToken.None);
        foreach (var (secret, key) in new[] { ("kombo-database", "connectionString"), ("acme-scim", "token") })
            await cluster.KubectlAsync("create", "secret", "generic", secret, "-n", name, $"--from-literal={key}=value");
    }

    public async Task DisposeAsync()
    {
        foreach (var running in operators)
            await running.DisposeAsync();
        if (client is not null)
            await cluster.KubectlAsync("delete", "namespace", name, "--wait=false");
        Directory.Delete(folder, recursive: true);
    }

    public void Dispose() => client?.Dispose();

    [RequiresFact(Needs)]
    public async Task When_the_leader_is_killed_the_other_takes_over_after_its_lease_and_not_before()
    {
        var (first, second) = (await StartLeaderAsync("first"), await StartSecondAsync("second"));
        await ApplyAsync();
        await StatusAsync(status => status.Active?.Full is not null);
        (await second.HealthAsync("/healthz")).ShouldBe(HttpStatusCode.OK);
        (await second.HealthAsync("/readyz")).ShouldBe(HttpStatusCode.OK, "who does not lead is ready");
        await Eventually.BecomesAsync(async () => (await WritersAsync()).SequenceEqual(["first"]), Deadline);

        first.Process.Kill();
        var last = await LeaseAsync(); // nobody renews it any more
        await AnnotateAsync("after-the-kill");
        await second.Process.WaitForLineAsync("Leading:", Deadline);
        var taken = await LeaseAsync();
        (taken.AcquireTime - last.RenewTime)!.Value.ShouldBeGreaterThanOrEqualTo(LeaseDuration);
        taken.LeaseTransitions.ShouldBe(1);
        await StatusAsync(status => status.LastRequest?.Token == "after-the-kill");
        (await JobsAsync()).ShouldHaveSingleItem("the run that the first one started goes on");
    }

    [RequiresFact(Needs)]
    public async Task When_the_leader_is_told_to_end_the_other_takes_over_without_waiting_for_the_lease()
    {
        var (first, second) = (await StartLeaderAsync("first"), await StartSecondAsync("second"));
        await ApplyAsync();
        await StatusAsync(status => status.Active?.Full is not null);
        var last = await LeaseAsync();
        first.Process.Terminate();
        (await first.Process.WaitForExitAsync(Deadline)).ShouldBe(0, first.Process.Output);
        first.Process.Output.ShouldContain("Gave the lease");
        await second.Process.WaitForLineAsync("Leading:", Deadline);
        second.Process.Output.ShouldContain("is free");
        (await LeaseAsync()).HolderIdentity.ShouldNotBe(last.HolderIdentity);
        await AnnotateAsync("after-the-roll-over");
        await StatusAsync(status => status.LastRequest?.Token == "after-the-roll-over");
    }

    [RequiresFact(Needs)]
    public async Task A_leader_that_is_cut_from_the_api_server_ends_with_a_failure_and_the_other_takes_over()
    {
        await using var gate = TcpGate.To(await ApiServerPortAsync());
        var first = await StartLeaderAsync("first", gate.Port);
        var second = await StartSecondAsync("second");
        (await first.HealthAsync("/healthz")).ShouldBe(HttpStatusCode.OK);
        gate.Cut();
        (await first.Process.WaitForExitAsync(Deadline)).ShouldBe(1, first.Process.Output);
        first.Process.Output.ShouldContain("Lost the lease");
        await second.Process.WaitForLineAsync("Leading:", Deadline);
    }

    [RequiresFact(Needs)]
    public async Task A_leader_that_slept_through_its_lease_does_nothing_when_it_wakes_and_ends()
    {
        var (first, second) = (await StartLeaderAsync("first"), await StartSecondAsync("second"));
        await ApplyAsync();
        await StatusAsync(status => status.Active?.Full is not null);
        // What was under way when it fell asleep may still arrive: let it be quiet first.
        await Eventually.BecomesAsync(async () => (await WritersAsync()).Contains("first"), Deadline);
        first.Process.Pause();
        await second.Process.WaitForLineAsync("Leading:", Deadline);
        // The sleeper's watches hold this when it wakes: more than enough to act upon.
        await AnnotateAsync("while-it-slept");
        await cluster.KubectlAsync("delete", "jobs", "--all", "-n", name);
        var after = await StatusAsync(
            status => status is { LastHandledReconcileAt: "while-it-slept", Active.Full: not null });
        var jobs = await JobsAsync();
        await cluster.KubectlAsync("delete", "events.events.k8s.io", "--all", "-n", name);

        first.Process.Resume();
        (await first.Process.WaitForExitAsync(Deadline)).ShouldBe(1, first.Process.Output);
        (await JobsAsync()).ShouldBe(jobs);
        (await StatusAsync(_ => true)).Active.ShouldBe(after.Active);
        (await WritersAsync()).ShouldNotContain("first");
        (await LeaseAsync()).HolderIdentity.ShouldBe(second.Identity);
    }

    async Task<RunningOperator> StartLeaderAsync(string pod, int? port = null)
    {
        var started = await StartAsync(pod, port);
        await started.Process.WaitForLineAsync("Leading:", Deadline);
        return started;
    }

    async Task<RunningOperator> StartSecondAsync(string pod)
    {
        var started = await StartAsync(pod);
        await started.Process.WaitForLineAsync("is held by", Deadline);
        started.Process.Output.ShouldNotContain("Leading:");
        return started;
    }

    async Task<RunningOperator> StartAsync(string pod, int? port = null)
    {
        var process = ChildProcess.Start(BuiltProgram.Operator.With() with
        {
            WorkingFolder = folder,
            Environment = ImmutableDictionary<string, string?>.Empty
                .Add("KUBECONFIG", await KubeconfigAsync(pod, port))
                .Add("POD_NAME", pod)
                .Add("POD_NAMESPACE", System)
                .Add("KOMBO_DATABASE_CONNECTION", connection)
                .Add("KOMBO_Operator__WorkerImage", "kombo-worker:test")
                .Add("KOMBO_Operator__Namespaces", name)
                .Add("KOMBO_Operator__LeaderElection", "true")
                .Add("KOMBO_Operator__HealthPort", "0")
                .Add("KOMBO_Operator__MetricsPort", "0"),
        });
        var started = new RunningOperator(process);
        operators.Add(started);
        await process.WaitForLineAsync("Ready:", Deadline);
        return started;
    }

    async Task<int> ApiServerPortAsync() => new Uri((await AdministratorAsync())["clusters"]![0]!["cluster"]!["server"]!.GetValue<string>()).Port;

    async Task<JsonNode> AdministratorAsync() =>
        JsonNode.Parse(await cluster.KubectlAsync("config", "view", "--raw", "-o", "json"))!;

    // With the operator's own rights; where a port is given, through it.
    async Task<string> KubeconfigAsync(string pod, int? port)
    {
        var config = await AdministratorAsync();
        foreach (var user in config["users"]!.AsArray())
            user!["user"]!["as"] = $"system:serviceaccount:{System}:kombo-operator";
        if (port is not null)
            config["clusters"]![0]!["cluster"]!["server"] = $"https://127.0.0.1:{port}";
        var file = Path.Combine(folder, $"{pod}.kubeconfig");
        await File.WriteAllTextAsync(file, config.ToJsonString());
        return file;
    }

    async Task ApplyAsync()
    {
        await cluster.KubectlAsync("apply", "-n", name, "--validate=false",
            "-f", RepositoryRoot.Combine("crds", "samples", "valid", "schedule-full.yaml"),
            "-f", RepositoryRoot.Combine("crds", "samples", "valid", "integration-small.yaml"));
    }

    Task<string> AnnotateAsync(string token) => cluster.KubectlAsync(
        "annotate", "integration", "acme", "-n", name, "--overwrite", $"{Annotations.RequestedAt}={token}");

    async Task<IntegrationStatus> StatusAsync(Func<IntegrationStatus, bool> condition)
    {
        IntegrationStatus? last = null;
        try
        {
            return await Eventually.GetsAsync(
                async () =>
                {
                    last = (await Client.GetAsync<V1Alpha1Integration>("acme", name, CancellationToken.None))?.Status;
                    return last is not null && condition(last) ? last : null;
                },
                Deadline);
        }
        catch (TimeoutException exception)
        {
            var outputs = string.Join("\n---\n", operators.Select(running => running.Process.Output));
            throw new TimeoutException($"{exception.Message}; {CustomResources.Json.Serialize(last)}\n{outputs}", exception);
        }
    }

    async Task<V1LeaseSpec> LeaseAsync() =>
        (await Client.GetAsync<V1Lease>(Lease, System, CancellationToken.None))?.Spec.ShouldNotBeNull()
            ?? throw new InvalidOperationException("there is no lease");

    async Task<IReadOnlyList<string>> JobsAsync() =>
        [.. (await Client.ListAsync<V1Job>(name, ListOptions.All, CancellationToken.None)).Items.Select(job => job.Uid()).Order()];

    // Every Event names the operator that wrote it.
    async Task<IReadOnlyList<string>> WritersAsync() =>
        [.. (await Client.ListAsync<Eventsv1Event>(name, ListOptions.All, CancellationToken.None)).Items
            .Where(written => written.ReportingController == "kombo.dev/operator")
            .Select(written => written.ReportingInstance ?? "").Distinct()];
}
