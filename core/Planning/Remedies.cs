using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>What a user can do about runs that fail, where the run's own message cannot say it: it does not know the
/// Integration's fields.</summary>
static class Remedies
{
    /// <param name="reason">Why the last run failed, from <see cref="Reasons"/>.</param>
    public static string Of(Draft draft, SyncType type, string reason)
    {
        var (schedule, text) = (draft.Seen.Schedule.Name, JobNames.Text(type));
        return reason switch
        {
            Reasons.AuthenticationFailed => Credentials(draft.Integration.Spec),
            Reasons.ConnectionFailed => "check that the source answers, and its address in spec.parameters",
            Reasons.RateLimited => $"ask the source less often: raise spec.sync.{text}.frequency",
            Reasons.DeadlineExceeded when schedule is not null =>
                $"raise spec.activeDeadline.{text} of SyncSchedule \"{schedule}\"",
            Reasons.DeadlineExceeded => $"name a SyncSchedule with a longer activeDeadline.{text} in spec.scheduleRef",
            Reasons.TooManyConnections =>
                "give the database more connections or a pooler, or lower spec.maxActiveSyncs of the SyncSchedule",
            Reasons.OutOfMemory => "raise spec.jobTemplate.resources.limits.memory",
            Reasons.Evicted => "give spec.jobTemplate.resources the requests that it needs, or a priorityClassName",
            Reasons.Unschedulable =>
                "lower spec.jobTemplate.resources.requests, correct its nodeSelector and tolerations, or add a node",
            Reasons.ImagePullFailed => "check the operator's settings WorkerImage and WorkerImagePullSecrets",
            Reasons.ContainerCannotStart => "check that the Secrets and ConfigMaps that its pod mounts are there",
            Reasons.NoPod or Reasons.PodNotStarted => "see what kubectl describe says of the Job and its pod",
            _ => "see the message, and the log of the Job's pod",
        };
    }

    public static string Credentials(IntegrationSpec spec) => spec.Credentials?.SecretRef?.Name is { } secret
        ? $"put credentials that the source accepts into Secret \"{secret}\"" : "set spec.credentials.secretRef";
}
