using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Informers;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Cluster;

/// <summary>Copies of what the operator follows. Secrets are not among them: they are read when needed.</summary>
sealed class ClusterView
{
    /// <summary>Index of Integrations by the schedule that they use: <c>namespace/name</c>.</summary>
    const string BySchedule = "schedule";

    /// <summary>Index of Integrations by the id that status says.</summary>
    const string ById = "id";

    /// <summary>Index of Jobs by the uid of their Integration.</summary>
    const string ByOwner = "owner";
    const string JobName = "job-name";

    /// <summary>Selects what the operator has made.</summary>
    public const string OwnLabel = $"{Labels.ManagedBy}={Labels.ManagedByKombo}";

    public ClusterView(
        IKubernetesClient client, IOptions<OperatorOptions> options, TimeProvider clock, ILoggerFactory loggers)
    {
        var namespaces = options.Value.NamespaceList;
        Integrations = new(
            client,
            new()
            {
                Namespaces = namespaces,
                Transform = Slim.Integration,
                Indexers =
                [
                    new(BySchedule, integration => [ScheduleOf(integration).ToString()]),
                    new(ById, integration => integration.Status?.IntegrationId is { } id ? [id] : []),
                ],
            },
            clock,
            loggers.CreateLogger<Informer<V1Alpha1Integration>>());
        Schedules = new(
            client, new() { Namespaces = namespaces }, clock, loggers.CreateLogger<Informer<V1Alpha1SyncSchedule>>());
        Jobs = new(
            client,
            new()
            {
                Namespaces = namespaces,
                LabelSelector = OwnLabel,
                Transform = Slim.Job,
                Indexers = [new(ByOwner, job => JobOwner.UidOf(job) is { } uid ? [uid] : [])],
            },
            clock,
            loggers.CreateLogger<Informer<V1Job>>());
        Pods = new(
            client,
            new()
            {
                Namespaces = namespaces,
                LabelSelector = OwnLabel,
                Transform = Slim.Pod,
                Indexers = [Indexers.ByLabel<V1Pod>(JobName)],
            },
            clock,
            loggers.CreateLogger<Informer<V1Pod>>());
    }

    public Informer<V1Alpha1Integration> Integrations { get; }
    public Informer<V1Alpha1SyncSchedule> Schedules { get; }
    public Informer<V1Job> Jobs { get; }
    public Informer<V1Pod> Pods { get; }

    public bool HasSynced => !Missing.Any();

    /// <summary>Kinds, in the plural, whose first lists have not arrived.</summary>
    public IEnumerable<string> Missing => new (string Kind, bool IsThere)[]
    {
        ("integrations", Integrations.HasSynced), ("syncschedules", Schedules.HasSynced), ("jobs", Jobs.HasSynced),
        ("pods", Pods.HasSynced),
    }.Where(list => !list.IsThere).Select(list => list.Kind);

    /// <summary>The schedule that an Integration uses, whether it exists or not.</summary>
    public static NamespacedName ScheduleOf(V1Alpha1Integration integration) =>
        new(integration.Namespace() ?? "", integration.Spec?.ScheduleRef?.Name ?? V1Alpha1SyncSchedule.DefaultName);

    /// <summary>As on Jobs.</summary>
    public static string LabelOf(V1Alpha1Integration integration) => LabelValue.Of(integration.Name());

    public IReadOnlyList<V1Alpha1Integration> UsersOf(NamespacedName schedule) =>
        Integrations.Store.ByIndex(BySchedule, schedule.ToString());

    /// <summary>Of the Integration with that id.</summary>
    public IEnumerable<NamespacedName> NamesOf(string integrationId) =>
        Integrations.Store.ByIndex(ById, integrationId).Select(NamespacedName.Of);

    public IReadOnlyList<V1Job> JobsOf(string uid) => Jobs.Store.ByIndex(ByOwner, uid);

    public IEnumerable<V1Pod> PodsOf(V1Job job) =>
        Pods.Store.ByIndex(JobName, job.Name()).Where(pod => pod.Namespace() == job.Namespace() && pod.IsOwnedBy(job));

    /// <summary>Until cancelled, or until one of them fails: the others alone are of no use.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(
            FollowAsync(Integrations, all), FollowAsync(Schedules, all), FollowAsync(Jobs, all), FollowAsync(Pods, all));
    }

    static async Task FollowAsync<T>(Informer<T> informer, CancellationTokenSource all)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            await informer.RunAsync(all.Token);
        }
        finally
        {
            await all.CancelAsync();
        }
    }

    /// <summary>Nothing may be decided before.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Integrations.WaitForSyncAsync(cancellationToken),
        Schedules.WaitForSyncAsync(cancellationToken),
        Jobs.WaitForSyncAsync(cancellationToken),
        Pods.WaitForSyncAsync(cancellationToken));
}
