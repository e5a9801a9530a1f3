using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Applying;
using Kombo.Operator.Cluster;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Observing;

/// <summary>Reads everything that a plan may depend on into one observation.</summary>
sealed class Observer(
    ClusterView view, IKubernetesClient client, Checks checks, DatabaseFacts database, JobObserver jobs,
    IOptions<OperatorOptions> options, TimeProvider clock)
{
    /// <returns>Null if the Integration is gone, or another one has its name.</returns>
    public async Task<Seen?> ObserveAsync(
        V1Alpha1Integration copy, Freshness freshness, CancellationToken cancellationToken) =>
        freshness == Freshness.Stored
            ? await ObserveAsync(copy, known: null, cancellationToken)
            : await LiveAsync(copy, known: null, cancellationToken);

    /// <summary>The same as the API server has it now. Its configuration is not read again where it is still that of
    /// what was seen.</summary>
    public Task<Seen?> RefreshAsync(Seen seen, CancellationToken cancellationToken) =>
        LiveAsync(seen.Integration, seen, cancellationToken);

    async Task<Seen?> LiveAsync(V1Alpha1Integration copy, Seen? known, CancellationToken cancellationToken) =>
        await client.GetAsync<V1Alpha1Integration>(copy.Name(), copy.Namespace(), cancellationToken) is { } live
        && live.Uid() == copy.Uid()
            ? await ObserveAsync(
                live, known?.Integration.Generation() == live.Generation() ? known : null, cancellationToken)
            : null;

    async Task<Seen> ObserveAsync(V1Alpha1Integration integration, Seen? known, CancellationToken cancellationToken)
    {
        var schedule = FindSchedule(integration);
        var configuration = known?.Configuration
            ?? await checks.CheckAsync(integration, schedule.Problems, cancellationToken);
        var state = await database.StateAsync(cancellationToken);
        var own = await jobs.FindAsync(integration, cancellationToken);
        var now = clock.GetUtcNow();
        var observation = new Observation
        {
            Integration = Observe(integration),
            Schedule = schedule.Schedule,
            Connector = configuration.Facts,
            Problems = [.. configuration.Problems, .. state.Problem is { } problem ? new[] { problem } : []],
            Jobs = await jobs.ReadAsync(integration, own, now, cancellationToken),
            InstallationId = state.InstallationId,
            CredentialsVersion = configuration.CredentialsVersion,
            DeletionPatience = options.Value.DeletionPatience,
            Now = now,
        };
        if (state.Problem is null)
            observation = await database.AskAsync(observation, cancellationToken);
        return new Seen(observation, integration, own, configuration)
        {
            IsDatabaseReady = state.Problem is null,
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
                NeedsEdit: false)
            {
                Hinders = Hindered.Syncs,
            }]);
    }

    static ObservedIntegration Observe(V1Alpha1Integration integration) => new()
    {
        Namespace = integration.Namespace() ?? "",
        Name = integration.Name(),
        Uid = integration.Uid(),
        Generation = integration.Generation(),
        CreationTimestamp = integration.Metadata.CreationTimestamp,
        DeletionTimestamp = integration.DeletionTimestamp(),
        HasFinalizer = integration.Metadata.Finalizers?.Contains(Finalizer.Name) == true,
        Spec = integration.Spec ?? new IntegrationSpec(),
        Status = integration.Status ?? new IntegrationStatus(),
        RequestedAt = integration.GetAnnotation(Annotations.RequestedAt),
        RequestedSync = integration.GetAnnotation(Annotations.RequestedSync),
        ConfirmDeletions = integration.GetAnnotation(Annotations.ConfirmDeletions),
    };
}
