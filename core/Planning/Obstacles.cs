using System.Collections.Immutable;
using Kombo.Core.Resources;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>Finds what keeps syncs from starting, the gravest first: what must be edited, suspension, what is not
/// ready, refused credentials.</summary>
static class Obstacles
{
    public static Draft Find(Draft draft) => draft with
    {
        Obstacle = NeedsEdit(draft) ?? Suspended(draft) ?? NotReady(draft) ?? RefusedCredentials.Obstacle(draft),
    };

    static Obstacle? NeedsEdit(Draft draft)
    {
        var problems = SpecRules.Check(draft.Integration.Spec)
            .Concat(ScheduleRules.Check(draft.Seen.Schedule))
            .Concat(draft.Seen.Problems.Where(problem => problem.NeedsEdit))
            .Concat(Identities.Changes(draft));
        return Of(ObstacleKind.NeedsEdit, problems);
    }

    /// <summary>Somebody wants no syncs, whatever else there is.</summary>
    public static Obstacle? Suspended(Draft draft)
    {
        if (draft.Integration.Spec.Suspend == true)
            return new(ObstacleKind.Suspended, Reasons.Suspended,
                "spec.suspend is true: no sync starts; set it to false to go on");
        if (draft.Seen.IsPausedByApi)
            return new(ObstacleKind.Suspended, Reasons.PausedByApi,
                "syncs are switched off by the API: no sync starts; switch them on there to go on (PUT "
                + "/v1/integrations/{id}/enabled)");
        return draft.Schedule.Suspend
            ? new(ObstacleKind.Suspended, Reasons.Suspended,
                $"SyncSchedule \"{draft.Seen.Schedule.Name}\" is suspended: no sync starts; set its spec.suspend to "
                + "false to go on")
            : null;
    }

    static Obstacle? NotReady(Draft draft)
    {
        var found = Of(ObstacleKind.NotReady, draft.Seen.Problems.Where(problem => !problem.NeedsEdit));
        if (found is not null)
            return found;
        if (draft.Seen.Connector is null)
            return NotReady(Reasons.DependencyNotReady, "the connector's definition is not known yet");
        return draft.Status.IntegrationId is not null ? null : NotReady(
            Reasons.DatabaseUnavailable, "the database, which the integration's id comes from, has not answered yet");
    }

    static Obstacle NotReady(string reason, string message) => new(ObstacleKind.NotReady, reason, message);

    static Obstacle? Of(ObstacleKind kind, IEnumerable<Problem> problems)
    {
        ImmutableArray<Problem> all = [.. problems.DistinctBy(problem => problem.Message)];
        var messages = string.Join("; ", all.Select(problem => problem.Message));
        return all is [] ? null : new(kind, all[0].Reason, Texts.Limited(messages, 1024));
    }
}
