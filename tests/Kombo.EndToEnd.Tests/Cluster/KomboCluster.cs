using System.Collections.Immutable;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Testing;
using Kombo.Testing.Otlp;

namespace Kombo.EndToEnd.Tests.Cluster;

/// <summary>A real control plane with Kombo's kinds and roles, a real PostgreSQL that <c>kombo-worker migrate</c>
/// prepared, and the operator as a process. One for all tests of the collection.</summary>
public sealed class KomboCluster : IAsyncLifetime, IDisposable
{
    static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(1);

    readonly ControlPlaneFixture plane = new();
    readonly PostgresFixture postgres = new();
    KubernetesHttpClient? client;
    int tenants;

    internal ControlPlaneFixture Plane => plane;

    /// <summary>Of a user who may do everything.</summary>
    public string Database { get; private set; } = "";

    /// <summary>What operator and workers tell by OpenTelemetry.</summary>
    internal OtlpReceiver Otlp { get; private set; } = null!; // set by InitializeAsync

    internal OperatorProcess Operator { get; private set; } = null!; // set by InitializeAsync

    internal IKubernetesClient Client =>
        client ?? throw new InvalidOperationException("the cluster has not been started");

    public async Task InitializeAsync()
    {
        await plane.InitializeAsync();
        await postgres.InitializeAsync();
        if (Requirements.SkipReason(Need.ControlPlane | Need.Postgres | Need.Sources) is not null)
            return;
        client = new KubernetesHttpClient(
            KubernetesClientConfiguration.BuildDefaultConfig(new() { KubeConfigPath = plane.KubeconfigPath }),
            new() { Json = CustomResources.Json });
        Database = await postgres.CreateDatabaseAsync();
        await ApplyFilesAsync("crds/integrations.yaml", "crds/syncschedules.yaml", "operator/rbac.yaml");
        await plane.KubectlAsync("wait", "--for=condition=Established", "--timeout=30s",
            "crd/integrations.kombo.dev", "crd/syncschedules.kombo.dev");
        var variables = ImmutableDictionary<string, string?>.Empty.Add("KOMBO_DATABASE_CONNECTION", Database);
        await ChildProcess.RunAsync(BuiltProgram.Worker.With("migrate") with { Environment = variables }, StartDeadline);
        Otlp = await OtlpReceiver.StartAsync();
        Operator = await OperatorProcess.StartAsync(this);
    }

    public async Task DisposeAsync()
    {
        if (Operator is not null)
            await Operator.DisposeAsync();
        if (Otlp is not null)
            await Otlp.DisposeAsync();
        await postgres.DisposeAsync();
        await plane.DisposeAsync();
    }

    public void Dispose() => client?.Dispose();

    /// <summary>A namespace of its own with the database's Secret, whose worker pods are played.</summary>
    internal async Task<Tenant> NewTenantAsync()
    {
        var name = $"tenant-{Interlocked.Increment(ref tenants)}";
        await plane.KubectlAsync("create", "namespace", name);
        await plane.KubectlAsync(
            "-n", name, "create", "secret", "generic", "kombo-database", $"--from-literal=connectionString={Database}");
        return new Tenant(this, name);
    }

    Task<string> ApplyFilesAsync(params string[] files) =>
        // Without --validate=false kubectl refuses the schemas' CEL rules for a server that is too old to know them.
        plane.KubectlAsync(["apply", "--validate=false", .. files.SelectMany(file => new[] { "-f", RepositoryRoot.Combine(file.Split('/')) })]);
}

[CollectionDefinition(Name)]
public sealed class ClusterTests : ICollectionFixture<KomboCluster>
{
    public const string Name = "cluster";
}
