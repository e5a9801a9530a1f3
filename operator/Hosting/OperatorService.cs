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
/// what is under way, and gives the lead back, in this order. When the lead is lost, everything ends at once. When the copies
/// are kept no more, it ends as if it was told to, and as a failure.
/// </summary>
sealed partial class OperatorService : BackgroundService
{
    // They wait at a pace, and nobody else tells what is lost with them.
    static readonly TimeSpan LastEvents = TimeSpan.FromSeconds(5);

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

    /// <summary>It ended by itself, because something failed.</summary>
    public bool HasFailed => ExecuteTask?.IsFaulted == true;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Copies and events outlive the controllers, which need them to finish.
        using var support = new CancellationTokenSource();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var copies = FollowAsync(ending, support.Token);
        var recording = events.RunAsync(support.Token);
        try
        {
            await WorkAsync(ending.Token);
        }
        catch (OperationCanceledException) when (
            ending.IsCancellationRequested || leadership.Lost.IsCancellationRequested)
        {
            // Stopped before the first lists were there or before it led, or it leads no more.
        }
        finally
        {
            if (!leadership.Lost.IsCancellationRequested)
                await events.CompleteAsync(LastEvents);
            await support.CancelAsync();
            await Task.WhenAll(recording, Task.WhenAny(copies));
            await leadership.ReleaseAsync();
        }
        await copies; // a failure, if it ended before it was told to
    }

    // Nobody may decide by copies that follow the cluster no more.
    async Task FollowAsync(CancellationTokenSource dependents, CancellationToken cancellationToken)
    {
        try
        {
            await view.RunAsync(cancellationToken);
            if (!cancellationToken.IsCancellationRequested)
                throw new InvalidOperationException("the copies of the cluster's objects are not kept any more");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            await dependents.CancelAsync();
            LogDeaf(exception);
            throw;
        }
    }

    async Task WorkAsync(CancellationToken cancellationToken)
    {
        await view.WaitForSyncAsync(cancellationToken);
        LogReady(view.Integrations.Store.Count, view.Schedules.Store.Count);
        // Until then changes gather in the queues: whoever comes to lead looks at everything once.
        await leadership.AcquireAsync(cancellationToken);
        using var leading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, leadership.Lost);
        await work.PrepareAsync(leading.Token);
        await Task.WhenAll(
            integrations.RunAsync(cancellationToken),
            schedules.RunAsync(cancellationToken),
            work.RunAsync(leading.Token));
    }

    [LoggerMessage(1301, LogLevel.Information, "Ready: {Integrations} Integrations, {Schedules} SyncSchedules")]
    partial void LogReady(int integrations, int schedules);

    [LoggerMessage(1302, LogLevel.Critical,
        "The copies of the cluster's objects are not kept any more; ending, to start anew")]
    partial void LogDeaf(Exception exception);
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
