using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Controllers;
using Kombo.Kubernetes.Events;
using Kombo.Operator.Cluster;
using Kombo.Operator.Leadership;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Hosting;

/// <summary>
/// Keeps copies of the cluster, waits for the lead, and reconciles until the host stops: then it takes on nothing new, finishes
/// what is under way, and gives the lead back, in this order. When the lead is lost, everything ends at once.
/// </summary>
sealed partial class OperatorService : BackgroundService
{
    readonly ClusterView view;
    readonly LeaderWork work;
    readonly EventRecorder events;
    readonly Controller<NamespacedName> integrations;
    readonly Controller<NamespacedName> schedules;
    readonly ILeadership leadership;
    readonly ILogger logger;

    public OperatorService(
        ClusterView view, WorkQueues queues, Wiring wiring, EventRecorder events, Controllers controllers,
        LeaderWork work, ControllerSurroundings surroundings)
    {
        this.work = work;
        this.view = view;
        this.events = events;
        leadership = controllers.Leadership;
        logger = surroundings.LoggerFactory.CreateLogger<OperatorService>();
        wiring.Connect();
        integrations = new(
            queues.Integrations,
            new EntityReconciler<V1Alpha1Integration>(
                view.Integrations, queues.Integrations, controllers.Integrations, Changes.Matter).ReconcileAsync,
            new() { Name = "integration", Workers = controllers.Concurrency, Abort = leadership.Lost },
            surroundings);
        schedules = new(
            queues.Schedules,
            new EntityReconciler<V1Alpha1SyncSchedule>(
                view.Schedules, queues.Schedules, controllers.Schedules, Changes.Matter).ReconcileAsync,
            new() { Name = "syncschedule", Workers = 1, Abort = leadership.Lost },
            surroundings);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Copies and events outlive the controllers, which need them to finish.
        using var support = new CancellationTokenSource();
        var copies = view.RunAsync(support.Token);
        var recording = events.RunAsync(support.Token);
        try
        {
            await view.WaitForSyncAsync(stoppingToken);
            LogReady(view.Integrations.Store.Count, view.Schedules.Store.Count);
            // Until then changes gather in the queues: whoever comes to lead looks at everything once.
            await leadership.AcquireAsync(stoppingToken);
            using var leading = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, leadership.Lost);
            await work.PrepareAsync(leading.Token);
            await Task.WhenAll(
                integrations.RunAsync(stoppingToken),
                schedules.RunAsync(stoppingToken),
                work.RunAsync(leading.Token));
        }
        catch (OperationCanceledException) when (
            stoppingToken.IsCancellationRequested || leadership.Lost.IsCancellationRequested)
        {
            // Stopped before the first lists were there or before it led, or it leads no more.
        }
        finally
        {
            await support.CancelAsync();
            await Task.WhenAll(copies, recording);
            await leadership.ReleaseAsync();
        }
    }

    [LoggerMessage(1301, LogLevel.Information, "Ready: {Integrations} Integrations, {Schedules} SyncSchedules")]
    partial void LogReady(int integrations, int schedules);
}

/// <summary>Who acts on which kind, and when.</summary>
sealed class Controllers(
    IEntityController<V1Alpha1Integration> integrations, IEntityController<V1Alpha1SyncSchedule> schedules,
    ILeadership leadership, IOptions<OperatorOptions> options)
{
    public ILeadership Leadership => leadership;
    public IEntityController<V1Alpha1Integration> Integrations => integrations;
    public IEntityController<V1Alpha1SyncSchedule> Schedules => schedules;
    public int Concurrency => options.Value.Concurrency;
}
