using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Informers;
using Kombo.Kubernetes.Models;
using Kombo.Kubernetes.Queueing;
using Kombo.Operator.Jobs;

namespace Kombo.Operator.Cluster;

/// <summary>Which object is looked at again when another one changes; its own changes are the controllers'
/// part.</summary>
sealed class Wiring(
    ClusterView view, WorkQueues queues, RecentWrites recent, CapacityLedger capacity, StartedJobs started)
{
    // Many Integrations change in one second; their schedule is counted once.
    static readonly TimeSpan CountDelay = TimeSpan.FromSeconds(1);

    public void Connect()
    {
        view.Integrations.AddHandler(new InformerHandler<V1Alpha1Integration>(
            integration =>
            {
                capacity.Reported(integration);
                CountLater(integration);
            },
            (before, after) =>
            {
                recent.Seen(after);
                if (before.Status?.Progress?.Full != after.Status?.Progress?.Full)
                    capacity.Reported(after);
                if (ClusterView.ScheduleOf(before) != ClusterView.ScheduleOf(after))
                    CountLater(before);
                if (ClusterView.ScheduleOf(before) != ClusterView.ScheduleOf(after)
                    || Changes.MatterToSchedule(before.Status, after.Status))
                    CountLater(after);
            },
            integration =>
            {
                recent.Forget(integration.Uid());
                capacity.Forget(NamespacedName.Of(integration));
                CountLater(integration);
            }));
        view.Schedules.AddHandler(new InformerHandler<V1Alpha1SyncSchedule>(
            WakeUsers,
            (before, after) =>
            {
                if (Changes.Matter(before, after))
                    WakeUsers(after);
            },
            WakeUsers));
        view.Jobs.AddHandler(new InformerHandler<V1Job>(
            job =>
            {
                Shown(job);
                WakeOwner(job);
            },
            (before, after) =>
            {
                Shown(after);
                if (Changes.Matter(before, after))
                    WakeOwner(after);
            },
            job =>
            {
                started.Shown(job);
                capacity.Gone(job);
                WakeOwner(job);
            }));
        view.Pods.AddHandler(new InformerHandler<V1Pod>(
            pod =>
            {
                if (Changes.Matter(pod))
                    WakeOwner(pod);
            },
            (before, after) =>
            {
                if (Changes.Matter(before, after))
                    WakeOwner(after);
            },
            _ => { })); // its Job tells
    }

    void CountLater(V1Alpha1Integration integration) =>
        queues.Schedules.AddAfter(ClusterView.ScheduleOf(integration), CountDelay);

    void WakeUsers(V1Alpha1SyncSchedule schedule)
    {
        foreach (var integration in view.UsersOf(NamespacedName.Of(schedule)))
            queues.Integrations.Add(NamespacedName.Of(integration));
    }

    void Shown(V1Job job)
    {
        started.Shown(job);
        capacity.Shown(job);
    }

    void WakeOwner(V1Pod pod)
    {
        if (pod.GetAnnotation(JobAnnotations.Integration) is { } name)
            queues.Integrations.Add(new(pod.Namespace() ?? "", name));
    }

    void WakeOwner(V1Job job)
    {
        if (JobOwner.NameOf(job) is { } name)
            queues.Integrations.Add(new(job.Namespace() ?? "", name));
    }
}

/// <summary>What is to be looked at, by kind.</summary>
sealed class WorkQueues(TimeProvider clock) : IDisposable
{
    public WorkQueue<NamespacedName> Integrations { get; } = new("integration", new RateLimit(), clock);
    public WorkQueue<NamespacedName> Schedules { get; } = new("syncschedule", new RateLimit(), clock);

    public void Dispose()
    {
        Integrations.Dispose();
        Schedules.Dispose();
    }
}
