using System.Collections.Immutable;
using Kombo.Core.Resources;

namespace Kombo.Core.Planning;

/// <summary>Decides what one Integration needs. Pure: no clock, no I/O, no logging, and no exception for anything that
/// a cluster may hold. What it decides twice from the same state it names alike, so that a crash between a step and the
/// status write is mended by deciding again.</summary>
public static class SyncPlanner
{
    public static Plan Decide(Observation seen)
    {
        var draft = Draft.Of(seen);
        if (seen.Integration.DeletionTimestamp is not null)
        {
            draft = Deletion.Decide(draft);
            return new(Steps(draft), draft.Status, Reasons.Deleted, Deletion.WakeAt(draft))
            {
                Explanation = Deletion.Explain(draft),
                Waiting = Waiting(draft),
            };
        }

        draft = Deletion.Guard(draft);
        draft = Scopes.EndOutdated(Pauses.Apply(ActiveRuns.Settle(draft)));
        draft = Identities.Set(draft);
        draft = DueTimes.Set(draft);
        draft = Obstacles.Find(draft);
        draft = ApiRequests.Answer(Requests.Receive(draft));
        draft = Webhooks.Decide(Purges.Decide(Starts.Decide(draft)));
        draft = Retention.Apply(draft);
        draft = DueTimes.Summarize(draft);
        draft = Conditions.Set(draft);
        return ToPlan(draft with { Status = draft.Status with { ObservedGeneration = seen.Integration.Generation } });
    }

    static ImmutableArray<Decision> Steps(Draft draft) =>
        [.. draft.Steps, .. draft.Notes.Select(note => new Decision.Publish(note))];

    static Plan ToPlan(Draft draft) => new(
        Steps(draft),
        draft.Status,
        Conditions.Find(draft.Status.Conditions, ConditionTypes.Synchronizing)?.Reason ?? Reasons.Progressing,
        WakeTimes.Find(draft))
    {
        Explanation = Explanations.Of(draft),
        Waiting = Waiting(draft),
    };

    static ImmutableArray<WaitingSync> Waiting(Draft draft) =>
        [.. draft.WaitingForCapacity.Select(waiting => new WaitingSync(waiting.Key, waiting.Value))];
}
