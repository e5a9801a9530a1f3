using System.Collections.Immutable;
using Kombo.Core.Resources;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Cluster;

namespace Kombo.Operator;

/// <summary>The status of a SyncSchedule. Pure.</summary>
static class ScheduleStatus
{
    const int LongestMessage = 1024;

    /// <param name="users">Statuses of the Integrations that use it; null where there is none yet.</param>
    public static SyncScheduleStatus Of(
        V1Alpha1SyncSchedule schedule, IReadOnlyCollection<IntegrationStatus?> users, DateTimeOffset now) =>
        new()
        {
            ObservedGeneration = schedule.Generation(),
            Conditions = Conditions(schedule, now),
            Integrations = users.Count,
            Active = users.Sum(user => (user?.Active?.Full is null ? 0 : 1) + (user?.Active?.Delta is null ? 0 : 1)),
            Waiting = users.Count(Changes.IsWaiting),
            NextSyncTime = users.Min(user => user?.NextSyncTime),
        };

    static ImmutableArray<Condition> Conditions(V1Alpha1SyncSchedule schedule, DateTimeOffset now)
    {
        var spec = schedule.Spec ?? new SyncScheduleSpec();
        var problems = ScheduleRules.Check(spec);
        if (problems is not [])
        {
            var message = string.Join("; ", problems.Select(problem => problem.Message));
            message = message.Length <= LongestMessage ? message : $"{message[..(LongestMessage - 1)]}…";
            return
            [
                Dated(schedule, new(ConditionTypes.Ready, "False", Reasons.InvalidSchedule, message), now),
                Dated(schedule, new(ConditionTypes.Stalled, "True", Reasons.InvalidSchedule, message), now),
            ];
        }
        var (reason, words) = spec.Suspend == true
            ? (Reasons.Suspended, "no sync of its Integrations starts; set spec.suspend to false to go on")
            : (Reasons.Succeeded, "the schedule is valid");
        return [Dated(schedule, new(ConditionTypes.Ready, "True", reason, words), now)];
    }

    static Condition Dated(V1Alpha1SyncSchedule schedule, Condition condition, DateTimeOffset now)
    {
        var before = schedule.Status?.Conditions?.FirstOrDefault(old => old.Type == condition.Type);
        return condition with
        {
            ObservedGeneration = schedule.Generation(),
            LastTransitionTime = before?.Status == condition.Status
                ? before.LastTransitionTime
                : DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()),
        };
    }
}
