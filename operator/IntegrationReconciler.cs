using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Controllers;
using Kombo.Operator.Applying;
using Kombo.Operator.Cluster;
using Kombo.Operator.Observing;
using Microsoft.Extensions.Options;

namespace Kombo.Operator;

/// <summary>Observe, decide, apply, one status patch.</summary>
sealed partial class IntegrationReconciler(
    Observer observer, CapacityLedger capacity, RecentWrites recent, Effects effects, WorkQueues queues,
    IOptions<OperatorOptions> options, TimeProvider clock, ILogger<IntegrationReconciler> logger)
    : IEntityController<V1Alpha1Integration>
{
    // Others write too: workers their progress, users their annotations.
    const int MostAttempts = 5;

    // Nobody says when the cluster's schema is another one.
    static readonly TimeSpan StatusRefusedRecheck = TimeSpan.FromMinutes(1);

    // In one plan: one run of each type.
    const int MostStarts = 4;

    public async Task<ReconciliationResult<V1Alpha1Integration>> ReconcileAsync(
        V1Alpha1Integration entity, CancellationToken cancellationToken)
    {
        using var activity = Telemetry.Source.StartActivity("reconcile integration");
        activity?.SetTag("k8s.namespace.name", entity.Namespace()).SetTag("kombo.integration", entity.Name());
        var freshness = recent.IsBehind(entity) ? Freshness.Live : Freshness.Stored;
        for (var attempt = 0; attempt < MostAttempts; attempt++, freshness = Freshness.Live)
        {
            if (await DecideAsync(entity, freshness, cancellationToken) is not var (seen, plan))
                return Done(entity); // its Jobs go with it through their owner reference
            if (await ApplyAsync(seen, plan, cancellationToken) is { } applied)
                return Done(entity, Requeue.After(applied, seen.Observation, options.Value.Resync, clock.GetUtcNow()));
        }
        throw new ReconcileFailedException(
            $"Integration {NamespacedName.Of(entity)} changed {MostAttempts} times while its status was to be written");
    }

    public async Task<ReconciliationResult<V1Alpha1Integration>> DeletedAsync(
        V1Alpha1Integration entity, CancellationToken cancellationToken)
    {
        await effects.CloseRowAsync(entity, cancellationToken);
        return Done(entity);
    }

    /// <returns>Null if the Integration is gone.</returns>
    async Task<(Seen Seen, Plan Plan)?> DecideAsync(
        V1Alpha1Integration entity, Freshness freshness, CancellationToken cancellationToken)
    {
        if (await observer.ObserveAsync(entity, freshness, cancellationToken) is not { } seen)
            return null;
        var plan = capacity.Preview(seen.Observation);
        if (!plan.Steps.Any(step => step is Decision.StartRun))
        {
            capacity.Note(seen.Observation, plan);
            return (seen, plan);
        }
        // What starts a sync rests on what the API server holds now, not on copies.
        return await observer.RefreshAsync(seen, cancellationToken) is { } live
            ? (live, capacity.Decide(live.Observation))
            : null;
    }

    /// <returns>Null if the Integration changed in between: its status is as it was.</returns>
    async Task<Plan?> ApplyAsync(Seen seen, Plan plan, CancellationToken cancellationToken)
    {
        if (await effects.SaveRowAsync(seen, plan, cancellationToken) is { } problem)
            (seen, plan) = Without(seen, plan, problem);
        var applied = await StepsAsync(seen, plan, cancellationToken);
        // What the API server answered is one more thing to decide by.
        for (var attempts = 0; applied is Applied.NameTaken or Applied.Refused && attempts < MostStarts; attempts++)
        {
            seen = seen with { Observation = Refusals.Add(seen.Observation, applied) };
            plan = capacity.Decide(seen.Observation);
            applied = await StepsAsync(seen, plan, cancellationToken);
        }
        if (applied is Applied.Gone && seen.Observation.Integration is { HasFinalizer: true, DeletionTimestamp: not null })
        {
            seen = seen with { Observation = seen.Observation with { IsNamespaceTerminating = true } };
            plan = capacity.Decide(seen.Observation);
            applied = await StepsAsync(seen, plan, cancellationToken);
        }
        if (applied is Applied.Outdated)
            return null;
        if (applied is not Applied.Done)
            return plan;
        if (StartsFirst.CanStatusWait(plan, seen.Observation.Integration, queues.Integrations.Count))
            return plan with { WakeAt = seen.Observation.Now };
        var write = await effects.WriteStatusAsync(seen, plan, cancellationToken);
        if (write == StatusWrite.Written)
            LogWritten(NamespacedName.Of(seen.Integration), plan.Reason, plan.Explanation);
        return write switch
        {
            StatusWrite.Outdated => null,
            StatusWrite.Refused => plan with { WakeAt = Sooner(plan.WakeAt, seen.Observation.Now) },
            _ => plan,
        };
    }

    // What falls due is not put off; what is due already waits, or it would be tried without a pause.
    static DateTimeOffset Sooner(DateTimeOffset? wakeAt, DateTimeOffset now) =>
        wakeAt > now && wakeAt < now + StatusRefusedRecheck ? wakeAt.Value : now + StatusRefusedRecheck;

    (Seen Seen, Plan Plan) Without(Seen seen, Plan plan, Problem problem)
    {
        Release(seen, [.. plan.Steps.OfType<Decision.StartRun>().Select(step => step.Run)]);
        seen = seen with { Observation = Refusals.Add(seen.Observation, problem) };
        return (seen, capacity.Decide(seen.Observation));
    }

    async Task<Applied> StepsAsync(Seen seen, Plan plan, CancellationToken cancellationToken)
    {
        var started = plan.Steps.OfType<Decision.StartRun>().Select(step => step.Run).ToImmutableArray();
        try
        {
            var applied = await effects.ApplyAsync(seen, plan, cancellationToken);
            if (applied is not Applied.Done)
                Release(seen, started);
            return applied;
        }
        catch
        {
            Release(seen, started); // repeated later, and counted again then
            throw;
        }
    }

    void Release(Seen seen, ImmutableArray<StartRun> started)
    {
        foreach (var run in started)
            capacity.Release(seen.Observation, run);
    }

    static ReconciliationResult<V1Alpha1Integration> Done(V1Alpha1Integration entity, TimeSpan? requeueAfter = null) =>
        ReconciliationResult<V1Alpha1Integration>.Success(entity, requeueAfter);

    [LoggerMessage(1101, LogLevel.Information, "Integration {Integration}: {Reason}: {Explanation}")]
    partial void LogWritten(NamespacedName integration, string reason, string explanation);
}
