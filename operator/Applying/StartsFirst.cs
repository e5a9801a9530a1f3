using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Operator.Applying;

/// <summary>Where many Integrations fall due at once, all their runs start before the statuses tell of them. Pure.</summary>
/// <remarks>The next look at the Integration, after those that wait, adopts the Job as it would after a crash between the
/// two writes, with the same status and the same Events; of a Job that has ended by then it tells the end alone.</remarks>
static class StartsFirst
{
    /// <summary>Integrations in the queue from which on starts go first.</summary>
    public const int Many = 20;

    /// <param name="seen">What the plan rests on.</param>
    /// <param name="waiting">Integrations in the queue.</param>
    public static bool CanStatusWait(Plan plan, ObservedIntegration seen, int waiting) =>
        waiting >= Many
        && plan.Steps.Any(step => step is Decision.StartRun)
        && plan.Steps.All(step => step is Decision.Publish || step is Decision.StartRun { Run: var run } && IsOnSchedule(run))
        && seen.Status.ObservedGeneration == seen.Generation
        && SaysNoMore(plan, seen.Status);

    static bool IsOnSchedule(StartRun run) =>
        run is { Slot: not null, Token: null, Type: SyncType.Full or SyncType.Delta };

    // What else has changed is stored at once: a Job tells only of its own run.
    static bool SaysNoMore(Plan plan, IntegrationStatus stored)
    {
        var active = plan.Status.Active ?? new(null, null);
        foreach (var start in plan.Steps.OfType<Decision.StartRun>())
            active = active.With(start.Run.Type, null);
        return active == (stored.Active ?? new(null, null))
            && StatusText.AreEqual(WithoutRuns(plan.Status), WithoutRuns(stored));
    }

    // What follows from the runs that go on and from their starts.
    static IntegrationStatus WithoutRuns(IntegrationStatus status) => status with
    {
        Active = null,
        Full = null,
        Delta = null,
        NextSyncTime = null,
        StoredScope = null,
        Conditions = null,
        Progress = null,
    };
}
