using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Kubernetes.Models;
using Kombo.Storage;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>A real API server with Kombo's kinds and a real database; each case has a namespace of its own.</summary>
public sealed class FaultPlane : IAsyncLifetime, IDisposable
{
    public const Need Needs = Need.ControlPlane | Need.Postgres;

    readonly PostgresFixture postgres = new();
    readonly string prefix = $"f{Guid.NewGuid():N}"[..6];
    KubernetesHttpClient? client;
    readonly string operatorConfig = Path.Combine(Path.GetTempPath(), $"kombo-operator-{Guid.NewGuid():N}.kubeconfig");
    string connection = "";
    int cases;

    public ControlPlaneFixture Cluster { get; } = new();

    internal KomboDatabase Database { get; private set; } = null!; // set by InitializeAsync

    internal PlayedRows Rows => new(Database, connection);

    /// <summary>Of an administrator, without faults.</summary>
    internal IKubernetesClient Client => client ?? throw new InvalidOperationException("not started");

    public async Task InitializeAsync()
    {
        if (Requirements.SkipReason(Needs) is not null)
            return;
        await Cluster.InitializeAsync();
        await Cluster.KubectlAsync("apply", "--validate=false",
            "-f", RepositoryRoot.Combine("crds", "integrations.yaml"),
            "-f", RepositoryRoot.Combine("crds", "syncschedules.yaml"),
            "-f", RepositoryRoot.Combine("operator", "rbac.yaml"));
        await Cluster.KubectlAsync(
            "wait", "--for=condition=Established", "crd/integrations.kombo.dev", "crd/syncschedules.kombo.dev");
        client = NewClient(handler => handler);
        await WriteOperatorConfigAsync();
        connection = await postgres.CreateDatabaseAsync();
        Database = KomboDatabase.Open(connection, NullLoggerFactory.Instance);
        await Database.MigrateAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        if (Database is not null)
            await Database.DisposeAsync();
        await postgres.DisposeAsync();
        File.Delete(operatorConfig);
        if (client is not null && !Cluster.CanRestart)
            for (var number = 1; number <= cases; number++)
                await Cluster.KubectlAsync("delete", "namespace", $"{prefix}-{number}", "--wait=false");
    }

    public void Dispose() => client?.Dispose();

    /// <param name="wrap">Around the connection.</param>
    internal KubernetesHttpClient NewClient(Func<HttpMessageHandler, HttpMessageHandler> wrap) => new(
        KubernetesClientConfiguration.BuildDefaultConfig(new() { KubeConfigPath = Cluster.KubeconfigPath }),
        new() { Json = CustomResources.Json, Wrap = wrap });

    /// <summary>The operator as a process, with its own rights.</summary>
    internal ChildProcess StartProcess(string namespaceName) => ChildProcess.Start(BuiltProgram.Operator.With() with
    {
        Environment = ImmutableDictionary<string, string?>.Empty
            .Add("KUBECONFIG", operatorConfig)
            .Add("KOMBO_DATABASE_CONNECTION", connection)
            .Add("KOMBO_Operator__WorkerImage", "kombo-worker:test")
            .Add("KOMBO_Operator__Namespaces", namespaceName)
            .Add("KOMBO_Operator__HealthPort", "0")
            .Add("KOMBO_Operator__MetricsPort", "0"),
    });

    /// <summary>A namespace with the Secrets that a sync needs.</summary>
    internal async Task<string> NewNamespaceAsync()
    {
        var name = $"{prefix}-{Interlocked.Increment(ref cases)}";
        await Client.CreateAsync(new V1Namespace { Metadata = new() { Name = name } }, CancellationToken.None);
        foreach (var (secret, key) in new[] { ("kombo-database", "connectionString"), ("acme-scim", "token") })
            await Client.CreateAsync(
                new V1Secret
                {
                    Metadata = new() { Name = secret, NamespaceProperty = name },
                    StringData = new Dictionary<string, string> { [key] = "value" },
                },
                CancellationToken.None);
        return name;
    }

    async Task WriteOperatorConfigAsync()
    {
        var config = JsonNode.Parse(await Cluster.KubectlAsync("config", "view", "--raw", "-o", "json"))!; // kubectl's own
        foreach (var user in config["users"]!.AsArray())
            user!["user"]!["as"] = "system:serviceaccount:kombo-system:kombo-operator";
        await File.WriteAllTextAsync(operatorConfig, config.ToJsonString());
    }
}

/// <summary>Tests on the control plane, one class after the other: they restart and load what they share.</summary>
[CollectionDefinition(Name)]
public sealed class ControlPlaneTests : ICollectionFixture<FaultPlane>
{
    public const string Name = "control plane";
}
