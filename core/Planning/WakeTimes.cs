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

    /// <summary>A pod that does not come changes nothing that is watched.</summary>
    public static readonly TimeSpan PodRecheck = TimeSpan.FromMinutes(1);

    /// <summary>Then it is known what the pod waits for, and the look at everything from time to time is soon enough.</summary>
    public static readonly TimeSpan PodsWatched = TimeSpan.FromMinutes(10);

    /// <returns>Null if only a change can matter: an edit, the end of a run.</returns>
    public static DateTimeOffset? Find(Draft draft) => Seconds.Earlier(
        Seconds.Earlier(OfSyncs(draft), Purges.WakeAt(draft)), Seconds.Earlier(Webhooks.WakeAt(draft), OfPods(draft)));

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

    // Of active runs that have no pod which runs. That of one that runs has its end told.
    static DateTimeOffset? OfPods(Draft draft) => draft.Seen.Jobs
        .Where(job => job is { Succeeded: null, IsRunning: false } && draft.Active(job.Type)?.JobName == job.Name)
        .Select(job => OfPod(job, draft.Now))
        .Aggregate((DateTimeOffset?)null, Seconds.Earlier);

    static DateTimeOffset? OfPod(ObservedJob job, DateTimeOffset now)
    {
        if (job.StartsBy > now && job.StartsBy <= now + PodRecheck)
            return job.StartsBy;
        return job.CreatedAt is { } created && now < Seconds.Add(created, PodsWatched) || job.StartsBy > now
            ? now + PodRecheck : null;
    }
}
