using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Cluster;
using Kombo.Operator.Database;
using Kombo.Operator.Hosting;
using Kombo.Operator.Leadership;
using Kombo.Standalone.Cluster;
using Kombo.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kombo.Operator.Tests.Support;

/// <summary>The whole operator on an in-memory cluster, with a clock that stands still.</summary>
sealed class OperatorHarness : IAsyncDisposable
{
    public const string Namespace = "hr";
    public const string ClusterName = "here";
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Step = TimeSpan.FromSeconds(30); // half of what a reconcile may take

    readonly Action<OperatorOptions> configure;
    readonly ConcurrentDictionary<string, int> reconciles = new();
    readonly ConcurrentDictionary<(string, NamespacedName), int> created = new();
    readonly PlayedWorker worker;
    ServiceProvider? provider;

    OperatorHarness(Action<OperatorOptions> configure, Action<JsonObject>? prune)
    {
        this.configure = configure;
        var kinds = prune is null ? KomboKinds.All : KomboKinds.All.Select(kind => kind with
        {
            Admit = candidate =>
            {
                prune(candidate);
                return [];
            },
        });
        Cluster = new(kinds, new() { Json = CustomResources.Json, Clock = Clock, NewUid = NewUid });
        Cluster.EnsureNamespace(Namespace);
        Client = new(Cluster);
        worker = new(Cluster, Clock);
    }

    public ManualClock Clock { get; } = new(An.Morning);
    public InMemoryCluster Cluster { get; }
    public FaultyClient Client { get; private set; }
    public FakeRegistry Registry { get; } = new();
    public ILeadership Leadership { get; set; } = new SoleLeader();
    public Action<ILoggingBuilder> Logging { get; set; } = logging => logging.SetMinimumLevel(LogLevel.None);

    public ClusterView View => Running.GetRequiredService<ClusterView>();

    /// <summary>The operator has stopped by itself.</summary>
    public Task Ended => Service.ExecuteTask!; // it was started

    public OperatorService Service => Running.GetServices<IHostedService>().OfType<OperatorService>().Single();

    ServiceProvider Running => provider ?? throw new InvalidOperationException("the operator does not run");

    /// <summary>With the Secrets that a sync needs; the operator runs.</summary>
    /// <param name="lenient">The cluster's schema lets everything through, as an older one might have.</param>
    /// <param name="prune">Takes out of objects what the cluster's schema does not know, and checks nothing.</param>
    public static async Task<OperatorHarness> StartAsync(
        Action<OperatorOptions>? configure = null, bool lenient = false, Action<JsonObject>? prune = null)
    {
        var harness = await PrepareAsync(configure, lenient, prune);
        await harness.StartOperatorAsync(new(harness.Cluster));
        return harness;
    }

    /// <summary>The same without an operator.</summary>
    public static async Task<OperatorHarness> PrepareAsync(
        Action<OperatorOptions>? configure = null, bool lenient = false, Action<JsonObject>? prune = null)
    {
        var harness = new OperatorHarness(configure ?? (_ => { }), prune ?? (lenient ? _ => { } : null));
        await harness.CreateSecretAsync("kombo-database", "connectionString");
        await harness.CreateSecretAsync("acme-scim", "token");
        return harness;
    }

    public async Task StartOperatorAsync(FaultyClient client)
    {
        Client = client;
        var services = new ServiceCollection()
            .AddLogging(Logging)
            .AddSingleton<TimeProvider>(Clock)
            .AddSingleton<IKubernetesClient>(client)
            .AddSingleton<IRegistry>(Registry)
            .AddSingleton(Leadership)
            .AddKomboOperator()
            .Configure<OperatorOptions>(
                options => (options.WorkerImage, options.Cluster) = ("kombo-worker:test", ClusterName))
            .Configure(configure)
            .AddSingleton<IEntityController<V1Alpha1Integration>>(built =>
                new Counting(ActivatorUtilities.CreateInstance<IntegrationReconciler>(built), reconciles));
        provider = services.BuildServiceProvider(
            new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        await provider.GetServices<IHostedService>().Single().StartAsync(CancellationToken.None);
    }

    public async Task StopOperatorAsync()
    {
        if (provider is null)
            return;
        var stopping = provider.GetServices<IHostedService>().Single().StopAsync(CancellationToken.None);
        var looks = 0;
        await Testing.Eventually.BecomesAsync(
            () =>
            {
                // What waits by the clock at its end would wait for ever: nobody moves it any more.
                if (!stopping.IsCompleted && looks++ > 40)
                    Clock.Advance(TimeSpan.FromSeconds(1));
                return stopping.IsCompleted;
            },
            TimeSpan.FromMinutes(1));
        await stopping;
        await provider.DisposeAsync();
        provider = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopOperatorAsync();
        Cluster.Dispose();
    }

    public int Reconciles(string name = "acme") => reconciles.GetValueOrDefault(name);

    public Task CreateSecretAsync(string name, string key) => Cluster.CreateAsync(
        new V1Secret { Metadata = Meta(name), StringData = new Dictionary<string, string> { [key] = "value" } },
        CancellationToken.None);

    public Task<V1Alpha1Integration> CreateAsync(
        Func<IntegrationSpec, IntegrationSpec>? with = null, string name = "acme") =>
        Cluster.CreateAsync(
            new V1Alpha1Integration { Metadata = Meta(name), Spec = An.Integration(with).Spec }, CancellationToken.None);

    public Task<V1Alpha1SyncSchedule> CreateScheduleAsync(string name, SyncScheduleSpec spec) =>
        Cluster.CreateAsync(new V1Alpha1SyncSchedule { Metadata = Meta(name), Spec = spec }, CancellationToken.None);

    public Task AnnotateAsync(string key, string value, string name = "acme") => MergeAsync(
        new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [key] = value } } }, name);

    public Task MergeAsync(JsonObject change, string name = "acme") => Cluster.PatchAsync<V1Alpha1Integration>(
        name, Namespace, V1Patch.Merge(change), new("kubectl"), CancellationToken.None);

    public async Task<V1Alpha1Integration> GetAsync(string name = "acme") =>
        await Cluster.GetAsync<V1Alpha1Integration>(name, Namespace, CancellationToken.None)
            ?? throw new InvalidOperationException($"no {name}");

    public async Task<IReadOnlyList<V1Job>> JobsAsync() =>
        (await Cluster.ListAsync<V1Job>(Namespace, ListOptions.All, CancellationToken.None)).Items;

    /// <summary>
    /// Moves the clock in steps, and in none while the operator is at work: its limits count by the same clock, and a step
    /// over a limit would end what has just begun.
    /// </summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        var queues = Running.GetRequiredService<WorkQueues>();
        for (var left = by; left > TimeSpan.Zero; left -= Step)
        {
            await Eventually.BecomesAsync(() => queues.Integrations.IsIdle && queues.Schedules.IsIdle, Deadline);
            Clock.Advance(left < Step ? left : Step);
        }
    }

    /// <summary>Waits for a status; the clock stands still, or moves at each look so that retries come.</summary>
    public async Task<IntegrationStatus> UntilAsync(
        Func<IntegrationStatus, bool> condition, string name = "acme", TimeSpan? step = null)
    {
        IntegrationStatus? last = null;
        try
        {
            return await Eventually.GetsAsync(
                async () =>
                {
                    Clock.Advance(step ?? TimeSpan.Zero);
                    last = (await GetAsync(name)).Status;
                    return last is not null && condition(last) ? last : null;
                },
                Deadline);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException(
                $"{exception.Message}; status: {CustomResources.Json.Serialize(last)}", exception);
        }
    }

    /// <summary>Waits for a number of Jobs.</summary>
    public Task<IReadOnlyList<V1Job>> UntilJobsAsync(int count) => Eventually.GetsAsync(
        async () => await JobsAsync() is { } jobs && jobs.Count >= count ? jobs : null, Deadline);

    /// <summary>Everything that could come has come: a new Integration was handled from its beginning to its end.</summary>
    public async Task MarkAsync(string name)
    {
        await CreateAsync(spec => spec with { Connector = "no-such-connector" }, name);
        await UntilAsync(status => status.Conditions is not null, name);
    }

    /// <summary>Plays worker and kubelet: the worker's word on the status, then the Job's end.</summary>
    public Task FinishAsync(V1Job job, RunProgress? word = null) => worker.FinishAsync(job, word);

    /// <summary>As the worker reports.</summary>
    public Task ReportAsync(V1Job job, RunProgress progress) => worker.ReportAsync(job, progress);

    /// <summary>As Job controller and kubelet show the worker's pod.</summary>
    public async Task ShowPodAsync(V1Job job, V1PodStatus status)
    {
        await CreatePodAsync(job);
        var patch = V1Patch.Merge(new JsonObject { ["status"] = CustomResources.Json.SerializeToNode(status) });
        await Cluster.PatchStatusAsync<V1Pod>("acme-pod", Namespace, patch, new("kubelet"), CancellationToken.None);
    }

    /// <summary>As the Job controller makes it.</summary>
    public Task CreatePodAsync(V1Job job)
    {
        var template = job.Spec!.Template!.Metadata!;
        var metadata = Meta("acme-pod") with
        {
            Labels = new Dictionary<string, string>(template.Labels!) { ["job-name"] = job.Name() },
            Annotations = template.Annotations,
            OwnerReferences = [job.MakeControllerReference()],
        };
        return Cluster.CreateAsync(new V1Pod { Metadata = metadata }, CancellationToken.None);
    }

    public Task EndJobAsync(V1Job job, string condition, string? reason = null) =>
        worker.EndJobAsync(job, condition, reason);

    // The same in every run, since times of day and the order of what is due together follow from it.
    string NewUid(string kind, NamespacedName name)
    {
        var count = created.AddOrUpdate((kind, name), 1, (_, before) => before + 1);
        return new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}/{name}/{count}")).AsSpan(0, 16)).ToString();
    }

    static V1ObjectMeta Meta(string name) => new() { Name = name, NamespaceProperty = Namespace };

    sealed class Counting(IEntityController<V1Alpha1Integration> inner, ConcurrentDictionary<string, int> counts)
        : IEntityController<V1Alpha1Integration>
    {
        public Task<ReconciliationResult<V1Alpha1Integration>> ReconcileAsync(
            V1Alpha1Integration entity, CancellationToken cancellationToken)
        {
            counts.AddOrUpdate(entity.Name(), 1, (_, count) => count + 1);
            return inner.ReconcileAsync(entity, cancellationToken);
        }

        public Task<ReconciliationResult<V1Alpha1Integration>> DeletedAsync(
            V1Alpha1Integration entity, CancellationToken cancellationToken) =>
            inner.DeletedAsync(entity, cancellationToken);
    }
}
