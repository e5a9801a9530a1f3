using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>Brings status.active and the Jobs together: a Job that status does not know is adopted, because the
/// operator died between creating it and writing the status; a run whose Job is over or gone is closed.</summary>
static class ActiveRuns
{
    public static Draft Settle(Draft draft)
    {
        foreach (var type in SyncTypeRules.All)
        {
            if (draft.Active(type) is { } run)
                draft = Settle(draft, type, run);
            foreach (var job in Unknown(draft, type))
                if (draft.Active(type) is null)
                    draft = Settle(Adopt(draft, job), type, Run(job));
        }

        return draft;
    }

    /// <summary>Takes a Job for the run it was made for, and closes it if it is over.</summary>
    public static Draft Take(Draft draft, ObservedJob job) => Settle(Adopt(draft, job), job.Type, Run(job));

    /// <summary>Its outcome is in status already. History shows it, and a later attempt of the type does too: there is
    /// never more than one at a time.</summary>
    public static bool IsRecorded(IntegrationStatus status, ObservedJob job) =>
        IsInHistory(status, job)
        || job.CreatedAt < Draft.Of(status, job.Type)?.LastAttemptTime;

    static bool IsInHistory(IntegrationStatus status, ObservedJob job) =>
        status.History?.Any(run => run.RunId == job.RunId) == true;

    /// <summary>Events tell of a run when status comes to know it, whoever created its Job.</summary>
    public static Draft Tell(Draft draft, SyncType type, ActiveRun run)
    {
        // Of webhook runs, which may be one after the other all day, Events tell only what went wrong.
        if (type != SyncType.Webhook)
            draft = draft.Note(false, type == SyncType.Purge ? "PurgeStarted" : "SyncStarted", Texts.Act(type),
                $"{Texts.Run(type)} {run.JobName} started ({run.Trigger})");
        return run.Token is { } token
            ? draft.Note(false, "SyncRequestAccepted", "Request", $"request {token} is served by {run.JobName}")
            : draft;
    }

    static Draft Settle(Draft draft, SyncType type, ActiveRun run)
    {
        var job = draft.Seen.Jobs.FirstOrDefault(job => job.Name == run.JobName);
        if (job is { Succeeded: null })
            return draft;
        return Outcomes.Find(draft.Seen, run, type, job) is { } outcome
            ? ClosedRuns.Close(draft, type, run with { StartTime = Started(job) ?? run.StartTime }, outcome)
            : draft with { Unresolved = draft.Unresolved.Add(type) };
    }

    // A Job that runs although its run is recorded was ended on purpose, and is about to go.
    static IEnumerable<ObservedJob> Unknown(Draft draft, SyncType type) => draft.Seen.Jobs
        .Where(job => job.Type == type && job.Name != draft.Active(type)?.JobName)
        .Where(job => job.Succeeded is null ? !IsInHistory(draft.Status, job) : !IsRecorded(draft.Status, job))
        .OrderBy(job => job.Succeeded is null).ThenBy(job => job.CreatedAt)
        .ThenBy(job => job.Name, StringComparer.Ordinal);

    static Draft Adopt(Draft draft, ObservedJob job)
    {
        var run = Run(job);
        var clock = draft.Clock(job.Type);
        draft = draft.WithActive(job.Type, run).WithClock(job.Type, clock with
        {
            LastAttemptTime = run.StartTime ?? clock.LastAttemptTime,
            LastScheduleTime = run.Slot ?? clock.LastScheduleTime,
        });
        draft = Scopes.Begin(draft, job.Type, job.Scope);
        draft = job.Token is null ? draft : Requests.Acknowledge(draft, run, job.Token);
        return job.Succeeded is null ? Tell(draft, job.Type, run) : draft; // its end is told, and is enough
    }

    // A purge that leaves scope alone has none, which its Job can only say with an empty text.
    static ActiveRun Run(ObservedJob job) => new()
    {
        RunId = job.RunId,
        JobName = job.Name,
        Trigger = job.Trigger,
        Token = job.Token,
        Slot = job.Slot,
        StartTime = Started(job),
        Scope = job.Scope is "" ? null : job.Scope,
    };

    static DateTimeOffset? Started(ObservedJob? job) => job?.CreatedAt is { } created ? Seconds.Floor(created) : null;
}
