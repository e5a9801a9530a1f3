using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Cluster;
using Kombo.Operator.Database;

namespace Kombo.Operator.Observing;

/// <summary>Reads everything that a plan may depend on into one observation.</summary>
sealed class Observer(ClusterView view, IKubernetesClient client, Checks checks, IRegistry registry, TimeProvider clock)
{
    readonly JobObserver jobs = new(view, client);

    /// <returns>Null if the Integration is gone, or another one has its name.</returns>
    public async Task<Seen?> ObserveAsync(
        V1Alpha1Integration copy, Freshness freshness, CancellationToken cancellationToken)
    {
        var integration = freshness == Freshness.Stored
            ? copy
            : await client.GetAsync<V1Alpha1Integration>(copy.Name(), copy.Namespace(), cancellationToken);
        if (integration is null || integration.Uid() != copy.Uid())
            return null;
        var schedule = FindSchedule(integration);
        var configuration = await checks.CheckAsync(integration, schedule.Problems, cancellationToken);
        var database = await registry.StateAsync(cancellationToken);
        var own = await jobs.FindAsync(integration, freshness, cancellationToken);
        var observation = new Observation
        {
            Integration = Observe(integration),
            Schedule = schedule.Schedule,
            Connector = configuration.Facts,
            Problems = [.. configuration.Problems, .. database.Problem is { } problem ? new[] { problem } : []],
            Jobs = await jobs.ReadAsync(integration, own, cancellationToken),
            InstallationId = database.InstallationId,
            CredentialsVersion = configuration.CredentialsVersion,
            Now = clock.GetUtcNow(),
        };
        if (database.Problem is null)
            observation = await AskAsync(observation, cancellationToken);
        return new Seen(observation, integration, own, configuration.Connector)
        {
            IsDatabaseReady = database.Problem is null,
        };
    }

    (ObservedSchedule Schedule, ImmutableArray<Problem> Problems) FindSchedule(V1Alpha1Integration integration)
    {
        var name = ClusterView.ScheduleOf(integration);
        if (view.Schedules.Store.Get(name) is { } schedule)
        {
            var observed = new ObservedSchedule(name.Name, schedule.Spec ?? new SyncScheduleSpec());
            return (observed, ScheduleRules.Check(observed));
        }
        return integration.Spec?.ScheduleRef is null
            ? (ObservedSchedule.BuiltIn, [])
            : (ObservedSchedule.BuiltIn, [new(
                Reasons.DependencyNotReady,
                $"spec.scheduleRef.name: there is no SyncSchedule \"{name.Name}\" in namespace \"{name.Namespace}\": "
                + "create it, or take scheduleRef out",
                NeedsEdit: false)]);
    }

    static ObservedIntegration Observe(V1Alpha1Integration integration) => new()
    {
        Namespace = integration.Namespace() ?? "",
        Name = integration.Name(),
        Uid = integration.Uid(),
        Generation = integration.Generation(),
        CreationTimestamp = integration.Metadata.CreationTimestamp,
        DeletionTimestamp = integration.DeletionTimestamp(),
        Spec = integration.Spec ?? new IntegrationSpec(),
        Status = integration.Status ?? new IntegrationStatus(),
        RequestedAt = integration.GetAnnotation(Annotations.RequestedAt),
        RequestedSync = integration.GetAnnotation(Annotations.RequestedSync),
        ConfirmDeletions = integration.GetAnnotation(Annotations.ConfirmDeletions),
    };

    // What only the database knows, and only where it is needed.
    async Task<Observation> AskAsync(Observation seen, CancellationToken cancellationToken)
    {
        var status = seen.Integration.Status;
        string[] unknown = [.. Unexplained(seen)];
        var rows = unknown is [] ? seen.RunRows : await registry.FindRunsAsync(unknown, cancellationToken);
        var wantsEvents = seen.Integration.Spec.UpstreamWebhooks?.Enabled == true;
        var lastEvent = wantsEvents && (status.IntegrationId ?? seen.Integration.Spec.IntegrationId) is { } id
            ? await registry.LastUpstreamEventAtAsync(id, cancellationToken)
            : null;
        return seen with { RunRows = rows, LastUpstreamEventAt = lastEvent };
    }

    // Runs that are over, or whose Job is gone, without a word of their worker.
    static IEnumerable<string> Unexplained(Observation seen)
    {
        var status = seen.Integration.Status;
        foreach (var type in new[] { SyncType.Full, SyncType.Delta })
        {
            var active = status.Active?[type]?.RunId;
            var lost = seen.Jobs.All(job => job.RunId != active) ? active : null;
            var silent = seen.Jobs
                .Where(job => job.Type == type && job is { Succeeded: not null, Reported: null })
                .Where(job => status.History?.Any(done => done.RunId == job.RunId) != true)
                .Select(job => job.RunId);
            foreach (var id in silent.Append(lost).OfType<string>())
                if (status.Progress?[type]?.IsEndOf(id) != true)
                    yield return id;
        }
    }
}
