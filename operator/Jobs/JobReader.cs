using System.Globalization;
using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Jobs;

/// <summary>What a Job and its pods say of a run. Pure.</summary>
public static class JobReader
{
    /// <param name="pods">Those of the Job, in no order; more than one where the Job tried again.</param>
    /// <param name="patience">How long they may take to come and to start.</param>
    /// <returns>Null if the Job lacks the annotations that the operator sets: it is none of its making.</returns>
    public static ObservedJob? Read(V1Job job, IEnumerable<V1Pod> pods, StartPatience patience)
    {
        if (job.GetAnnotation(JobAnnotations.RunId) is not { Length: > 0 } runId
            || JobNames.Parse(job.GetAnnotation(JobAnnotations.Type)) is not { } type)
            return null;
        var newestFirst = pods.OrderByDescending(pod => pod.Metadata.CreationTimestamp).ToList();
        var end = End(job);
        patience = patience.Of(type, runId);
        var failure = PodFailure.Find(job, newestFirst, end, patience);
        return new ObservedJob
        {
            Name = job.Name(),
            RunId = runId,
            Type = type,
            Trigger = job.GetAnnotation(JobAnnotations.Trigger) ?? Triggers.Schedule,
            Token = job.GetAnnotation(JobAnnotations.RequestToken),
            Slot = TimeOf(job.GetAnnotation(JobAnnotations.ScheduledAt)),
            Scope = job.GetAnnotation(JobAnnotations.Scope),
            CreatedAt = job.Metadata.CreationTimestamp,
            Succeeded = end is null ? null : end.Type == "Complete",
            IsRunning = end is null && newestFirst.Any(pod => pod.Status?.Phase == "Running"),
            StartsBy = MissingPods.StartsBy(job, newestFirst.FirstOrDefault(), patience),
            FinishedAt = end is null ? null : job.Status?.CompletionTime ?? end.LastTransitionTime,
            Reported = newestFirst.Select(pod => WorkerContainer.Report(pod, runId))
                .FirstOrDefault(report => report?.Result is not null),
            FailureReason = failure?.Reason,
            FailureMessage = failure?.Message,
        };
    }

    /// <summary>The condition that ends the Job; null while it goes on.</summary>
    internal static V1JobCondition? End(V1Job job) =>
        job.Status?.Conditions?.FirstOrDefault(
            condition => condition is { Type: "Complete" or "Failed", Status: "True" });

    static DateTimeOffset? TimeOf(string? text)
    {
        const DateTimeStyles Style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Style, out var time) ? time : null;
    }
}
