using System.Collections.Immutable;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;

namespace Kombo.Operator.Tests.Faults;

/// <summary>
/// What holds of everything that ever happened, whatever died or failed meanwhile. A history that it finds nothing wrong
/// with is explainable: each Job has one reason of its own, each run goes from active to history once, each request goes
/// its way once, and no time goes back.
/// </summary>
static class Invariants
{
    // Two purges may follow each other within a second, which is as exact as the time of a Job is.
    static readonly SyncType[] Clocked = [SyncType.Full, SyncType.Delta, SyncType.Webhook];

    /// <param name="tokens">All that were ever annotated.</param>
    /// <returns>What is wrong, in words.</returns>
    /// <param name="byHand">Jobs that were deleted under the operator's eyes: one of the same name may follow.</param>
    public static ImmutableArray<string> Check(
        Chronicle chronicle, IReadOnlyCollection<string> tokens, IReadOnlyCollection<string> byHand) =>
    [
        .. CheckJobs(chronicle, chronicle.Jobs.Where(job => !byHand.Contains(job.Name)).ToImmutableList()),
        .. chronicle.Versions.GroupBy(version => version.Uid()).SelectMany(
            history => CheckHistory([.. history], chronicle, tokens)),
    ];

    // The name is the slot or the token.
    static IEnumerable<string> CheckJobs(Chronicle chronicle, ImmutableList<JobLife> jobs)
    {
        var kept = jobs.Where(job => !IsWithdrawn(chronicle, job)).ToList();
        foreach (var twins in kept.GroupBy(job => job.Name).Where(same => same.Count() > 1))
            yield return $"{twins.Count()} Jobs had the name {twins.Key}";
        // A run that the API asked for and that nobody has answered passes on to the next Integration of the name.
        foreach (var twins in kept.GroupBy(job => (job.Owner, job.RunId)).Where(same => same.Count() > 1))
            yield return $"run {twins.Key.RunId} had the Jobs {string.Join(", ", twins.Select(job => job.Name))}";
        foreach (var twins in kept.Where(job => job.Token is not null)
            .GroupBy(job => (job.Owner, job.Token)).Where(same => same.Count() > 1))
            yield return $"token {twins.Key.Token} had the Jobs {string.Join(", ", twins.Select(job => job.Name))}";
        foreach (var job in jobs.Where(job => !job.Name.EndsWith(End(job.Owner), StringComparison.Ordinal)))
            yield return $"{job.Name} does not have the name that whoever decides the same again gives it";
        foreach (var job in jobs.Where(job => job.Beside is not null))
            yield return $"{job.Name} was made while {job.Beside} had not ended";
    }

    static string End(string uid) => JobNames.For("any", "full", JobNames.InitialSlot, uid).Split('-')[^1];

    // It was deleted before any status told how it ended, because its scope did not hold any more. Where that could not be
    // stored either, the same run is begun once more, and its row says how it ended.
    static bool IsWithdrawn(Chronicle chronicle, JobLife job) => job is { IsGone: true, Job.Spec.TtlSecondsAfterFinished: null }
        && chronicle.Versions.Where(version => version.Uid() == job.Owner)
            .Select(version => CustomResources.Json.Serialize(version.Spec?.Scope)).Distinct().Count() > 1;

    static IEnumerable<string> CheckHistory(
        ImmutableArray<V1Alpha1Integration> versions, Chronicle chronicle, IReadOnlyCollection<string> tokens)
    {
        foreach (var version in versions)
            foreach (var problem in CheckOne(version, chronicle.Jobs, tokens))
                yield return $"{version.Name()} {version.ResourceVersion()}: {problem}";
        // What comes after a gap may have left the history of five in between.
        foreach (var (before, after) in versions.Zip(versions.Skip(1)).Where(step => !chronicle.IsAfterGap(step.Second)))
            foreach (var problem in CheckStep(before.Status ?? new(), after.Status ?? new()))
                yield return $"{after.Name()} {before.ResourceVersion()} to {after.ResourceVersion()}: {problem}";
    }

    static IEnumerable<string> CheckOne(
        V1Alpha1Integration version, ImmutableList<JobLife> jobs, IReadOnlyCollection<string> tokens)
    {
        var status = version.Status ?? new();
        ImmutableArray<FinishedRun> history = status.History ?? [];
        foreach (var run in Active(status))
            if (!jobs.Any(job => job.Name == run.JobName && job.RunId == run.RunId))
                yield return $"run {run.RunId} is active, and there never was a Job {run.JobName} of it";
        foreach (var run in history)
        {
            if (Active(status).Any(active => active.RunId == run.RunId))
                yield return $"run {run.RunId} is active and in history";
            if (run.Reason != Reasons.JobNameConflict && jobs.All(job => job.RunId != run.RunId))
                yield return $"run {run.RunId} is in history, and there never was a Job of it";
        }
        if (history.Length > 5 || history.DistinctBy(run => run.RunId).Count() != history.Length)
            yield return "history is too long or holds a run twice";
        if (status.LastHandledReconcileAt is { } handled && !tokens.Contains(handled))
            yield return $"token {handled} was handled, and nobody ever set it";
        if (status.ObservedGeneration > version.Generation())
            yield return $"generation {status.ObservedGeneration} was observed before it existed";
        foreach (var type in Clocked)
            if (Clock(status, type)?.LastSyncTime is { } last
                && Clock(status, type) is { LastResult: "Succeeded", NextSyncTime: { } next } && next < last)
                yield return $"the next {type} run is due before the end of the last one";
    }

    static IEnumerable<string> CheckStep(IntegrationStatus before, IntegrationStatus after)
    {
        foreach (var run in Active(before).Where(run => Active(after).All(other => other.RunId != run.RunId)))
            if (after.History?.Any(done => done.RunId == run.RunId) != true)
                yield return $"run {run.RunId} was active and is neither active nor in history";
        foreach (var run in Active(after))
            if (before.History?.Any(done => done.RunId == run.RunId) == true)
                yield return $"run {run.RunId} came back from history";
        if (after.ObservedGeneration < before.ObservedGeneration)
            yield return "the observed generation went back";
        foreach (var type in Clocked)
            if (Clock(after, type)?.LastSyncTime < Clock(before, type)?.LastSyncTime)
                yield return $"the time of the last {type} run went back";
        foreach (var problem in CheckRequest(before.LastRequest, after.LastRequest))
            yield return problem;
        foreach (var condition in after.Conditions ?? [])
            if (before.Conditions?.FirstOrDefault(old => old.Type == condition.Type) is { } old
                && old.Status == condition.Status && old.LastTransitionTime != condition.LastTransitionTime)
                yield return $"the transition time of {condition.Type} moved, and its status did not";
    }

    static IEnumerable<string> CheckRequest(RequestStatus? before, RequestStatus? after)
    {
        if (before is null || after is null || before.Token != after.Token)
            yield break;
        var (from, to) = (Rank(before.Result), Rank(after.Result));
        if (to < from || (from == Rank("Completed") && before.Result != after.Result))
            yield return $"request {after.Token} went from {before.Result} to {after.Result}";
        if (before.RunId is not null && before.RunId != after.RunId)
            yield return $"request {after.Token} was served by {before.RunId}, then by {after.RunId}";
    }

    static int Rank(string? result) => result switch { "Pending" => 0, "Accepted" => 1, _ => 2 };

    static IEnumerable<ActiveRun> Active(IntegrationStatus status) =>
        SyncTypeRules.All.Select(type => status.Active?[type]).OfType<ActiveRun>();

    static ClockStatus? Clock(IntegrationStatus status, SyncType type) => type switch
    {
        SyncType.Full => status.Full,
        SyncType.Delta => status.Delta,
        SyncType.Webhook => status.Webhook,
        _ => throw new InvalidOperationException($"{type} has no clock"),
    };
}
