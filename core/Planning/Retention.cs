using Kombo.Core.Runs;

namespace Kombo.Core.Planning;

/// <summary>Keeps the Jobs of the last three successful runs and of the last failed one; of webhook runs, of which there may
/// be one after the other, of one each.
/// A Job goes only when its
/// outcome is stored, and when history forgets its run, so that it is never taken for a new one.</summary>
static class Retention
{
    const int Successful = 3;

    public static Draft Apply(Draft draft)
    {
        var finished = draft.Seen.Jobs.Where(job => job.Succeeded is not null)
            .OrderByDescending(job => job.FinishedAt).ThenBy(job => job.Name, StringComparer.Ordinal).ToList();
        var kept = finished.GroupBy(job => (job.Succeeded, IsWebhook: job.Type == SyncType.Webhook))
            .SelectMany(jobs => jobs.Take(jobs.Key is (true, false) ? Successful : 1))
            .Where(job => draft.Status.History?.Any(run => run.RunId == job.RunId) == true)
            .Select(job => job.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var job in finished)
            if (!kept.Contains(job.Name) && IsStored(draft.Seen, job))
                draft = draft.Do(new Decision.DeleteJob(job.Name));
        return draft;
    }

    // In the status as it was read: what this plan records is written only after its steps.
    static bool IsStored(Observation seen, ObservedJob job)
    {
        var status = seen.Integration.Status;
        return status.Active?[job.Type]?.JobName != job.Name && ActiveRuns.IsRecorded(status, job);
    }
}
