using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Core.Planning;

/// <summary>Requests from the API. Each has the id of its run from the beginning; its row is answered when that run is
/// over.</summary>
static class ApiRequests
{
    /// <summary>Answers those whose run is over, and rejects what waits while no sync is wanted.</summary>
    public static Draft Answer(Draft draft)
    {
        var suspended = Obstacles.Suspended(draft);
        foreach (var request in draft.Seen.ApiRequests)
            if (draft.Status.History?.FirstOrDefault(run => run.RunId == request.RunId) is { } over)
                draft = Answered(draft, request, over);
            else if (suspended is not null && !HasRun(draft, request))
                draft = Rejected(draft, request, suspended);
        return draft;
    }

    /// <summary>The one to be served next; null if none waits. One that was accepted comes first.</summary>
    public static ObservedRequest? Next(Draft draft) => draft.Seen.ApiRequests
        .Where(request => !HasRun(draft, request) && !IsAnswered(draft, request))
        .OrderBy(request => !request.Accepted)
        .FirstOrDefault();

    static bool HasRun(Draft draft, ObservedRequest request) =>
        draft.Active(SyncType.Full)?.RunId == request.RunId || draft.Active(SyncType.Delta)?.RunId == request.RunId
        || draft.Seen.Jobs.Any(job => job.RunId == request.RunId && job.Succeeded is null);

    static bool IsAnswered(Draft draft, ObservedRequest request) =>
        draft.Steps.OfType<Decision.AnswerRequest>().Any(step => step.RunId == request.RunId);

    static Draft Answered(Draft draft, ObservedRequest request, FinishedRun run) => draft.Do(
        ClosedRuns.MovesClock(run)
            ? new Decision.AnswerRequest(request.RunId, Requests.Completed, null)
            : new Decision.AnswerRequest(request.RunId, Requests.Failed, run.Reason ?? run.Result));

    static Draft Rejected(Draft draft, ObservedRequest request, Obstacle suspended) => draft
        .Do(new Decision.AnswerRequest(request.RunId, Requests.Rejected, suspended.Reason))
        .Note(true, "SyncRequestRejected", "Request",
            $"request {request.RunId} of the API is not served: {suspended.Message}, then ask again");
}
