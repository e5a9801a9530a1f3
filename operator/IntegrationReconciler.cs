using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Applying;
using Kombo.Operator.Cluster;
using Kombo.Operator.Observing;
using Microsoft.Extensions.Options;

namespace Kombo.Operator;

/// <summary>Observe, decide, apply, one status patch.</summary>
sealed partial class IntegrationReconciler(
    Observer observer, CapacityLedger capacity, RecentWrites recent, Effects effects, IOptions<OperatorOptions> options,
    ILogger<IntegrationReconciler> logger)
    : IEntityController<V1Alpha1Integration>
{
    public async Task<ReconciliationResult<V1Alpha1Integration>> ReconcileAsync(
        V1Alpha1Integration entity, CancellationToken cancellationToken)
    {
        using var activity = Telemetry.Source.StartActivity("reconcile integration");
        activity?.SetTag("k8s.namespace.name", entity.Namespace()).SetTag("kombo.integration", entity.Name());
        var freshness = recent.IsBehind(entity) ? Freshness.Live : Freshness.Stored;
        if (await observer.ObserveAsync(entity, freshness, cancellationToken) is not { } seen)
            return Done(entity); // its Jobs go with it through their owner reference
        var plan = capacity.Preview(seen.Observation);
        if (plan.Steps.Any(step => step is Decision.StartSync))
        {
            // What starts a sync rests on what the API server holds now, not on copies.
            if (await observer.ObserveAsync(entity, Freshness.Live, cancellationToken) is not { } live)
                return Done(entity);
            seen = live;
            plan = capacity.Decide(seen.Observation);
        }
        plan = await ApplyAsync(seen, plan, cancellationToken);
        return Done(entity, Requeue.After(plan, seen.Observation, options.Value.Resync));
    }

    public async Task<ReconciliationResult<V1Alpha1Integration>> DeletedAsync(
        V1Alpha1Integration entity, CancellationToken cancellationToken)
    {
        await effects.CloseRowAsync(entity, cancellationToken);
        return Done(entity);
    }

    async Task<Plan> ApplyAsync(Seen seen, Plan plan, CancellationToken cancellationToken)
    {
        await effects.SaveRowAsync(seen, plan, cancellationToken);
        var applied = await StepsAsync(seen, plan, cancellationToken);
        // What the API server answered is one more thing to decide by; there are at most two starts in a plan.
        for (var attempts = 0; applied is Applied.NameTaken or Applied.Refused && attempts < 2; attempts++)
        {
            seen = seen with { Observation = Refusals.Add(seen.Observation, applied) };
            plan = capacity.Decide(seen.Observation);
            applied = await StepsAsync(seen, plan, cancellationToken);
        }
        if (applied is not Applied.Done)
            return plan;
        if (await effects.WriteStatusAsync(seen, plan, cancellationToken))
            LogWritten(NamespacedName.Of(seen.Integration), plan.Reason, plan.Explanation);
        return plan;
    }

    async Task<Applied> StepsAsync(Seen seen, Plan plan, CancellationToken cancellationToken)
    {
        var started = plan.Steps.OfType<Decision.StartSync>().Select(step => step.Run).ToImmutableArray();
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
