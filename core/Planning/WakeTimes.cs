using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>When to look again although nothing changes.</summary>
static class WakeTimes
{
    /// <summary>For what may heal without a change that is watched.</summary>
    public static readonly TimeSpan Recheck = TimeSpan.FromSeconds(30);

    /// <summary>Whoever counts the runs wakes those that wait; this is for the case that it forgot.</summary>
    public static readonly TimeSpan CapacityRecheck = TimeSpan.FromMinutes(1);

    /// <returns>Null if only a change can matter: an edit, the end of a run.</returns>
    public static DateTimeOffset? Find(Draft draft) => Seconds.Earlier(
        Seconds.Earlier(OfSyncs(draft), Purges.WakeAt(draft)), Webhooks.WakeAt(draft));

    static DateTimeOffset? OfSyncs(Draft draft)
    {
        if (draft.Obstacle is { Kind: ObstacleKind.NotReady } || !draft.Unresolved.IsEmpty)
            return draft.Now + Recheck;
        if (draft.Obstacle is not null)
            return null;
        var wake = draft.WaitingForCapacity.IsEmpty ? draft.Frequencies.ChangesAt : draft.Now + CapacityRecheck;
        wake = Seconds.Earlier(wake, Due(draft, SyncType.Full));
        return draft.HasEverSynced ? Seconds.Earlier(wake, Due(draft, SyncType.Delta)) : wake;
    }

    static DateTimeOffset? Due(Draft draft, SyncType type)
    {
        if (draft.IsBusy(type) || draft.WaitingForCapacity.ContainsKey(type))
            return null;
        return draft.Clock(type).NextSyncTime is { } next ? Seconds.Later(next, draft.Now) : null;
    }
}
