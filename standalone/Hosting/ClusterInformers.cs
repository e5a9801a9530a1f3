using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Informers;
using Kombo.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Kombo.Standalone.Hosting;

/// <summary>Follows, for all parts of this process, the kinds that they look at.</summary>
internal sealed class ClusterInformers(IKubernetesClient client, TimeProvider clock, ILoggerFactory loggers)
{
    public Informer<V1Alpha1Integration> Integrations { get; } =
        new(
            client, new InformerOptions<V1Alpha1Integration>(), clock,
            loggers.CreateLogger<Informer<V1Alpha1Integration>>());

    public Informer<V1Alpha1SyncSchedule> Schedules { get; } =
        new(
            client, new InformerOptions<V1Alpha1SyncSchedule>(), clock,
            loggers.CreateLogger<Informer<V1Alpha1SyncSchedule>>());

    public Informer<V1Job> Jobs { get; } = new(
        client, new InformerOptions<V1Job>(), clock, loggers.CreateLogger<Informer<V1Job>>());

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Integrations.WaitForSyncAsync(cancellationToken),
        Schedules.WaitForSyncAsync(cancellationToken),
        Jobs.WaitForSyncAsync(cancellationToken));

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Integrations.RunAsync(cancellationToken), Schedules.RunAsync(cancellationToken),
        Jobs.RunAsync(cancellationToken));
}
