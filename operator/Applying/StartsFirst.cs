using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Operator.Applying;

/// <summary>Where many Integrations fall due at once, all their runs start before the statuses tell of them. Pure.</summary>
/// <remarks>The next look at the Integration, after those that wait, adopts the Job as it would after a crash between the
/// two writes, with the same status and the same Events.</remarks>
static class StartsFirst
{
    /// <summary>Integrations in the queue from which on starts go first.</summary>
    public const int Many = 20;

    /// <param name="waiting">Integrations in the queue.</param>
    /// <param name="stored">The status as it is stored.</param>
    public static bool CanStatusWait(Plan plan, IntegrationStatus stored, int waiting) =>
        waiting >= Many
        && plan.Steps.Any(step => step is Decision.StartRun)
        && plan.Steps.All(step => step is Decision.Publish || step is Decision.StartRun { Run: var run } && IsOnSchedule(run))
        // What only the look that starts a run can know has to be stored with it.
        && plan.Status.IntegrationId == stored.IntegrationId
        && plan.Status.Identity == stored.Identity
        && plan.Status.CredentialsFailure == stored.CredentialsFailure;

    static bool IsOnSchedule(StartRun run) =>
        run is { Slot: not null, Token: null, Type: SyncType.Full or SyncType.Delta };
}
