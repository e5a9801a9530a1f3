using Kombo.Core.Ids;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>Decides which runs begin now: at most one of each type at a time, a delta also beside a full and a full
/// beside a delta.</summary>
static class Starts
{
    /// <param name="NamedType">In the Job's name: what was asked for, else the type.</param>
    sealed record Candidate(SyncType Type, string Trigger, string Slot, string NamedType)
    {
        public DateTimeOffset? At { get; init; }

        /// <summary>The token that it serves.</summary>
        public RequestStatus? Request { get; init; }

        /// <summary>The API's request that it serves: the run has its id.</summary>
        public ObservedRequest? ApiRequest { get; init; }
        public string? ConfirmedRunId { get; init; }
    }

    public static Draft Decide(Draft draft)
    {
        draft = NarrowSyncedScope(draft);
        if (draft.Obstacle is { BlocksRequests: true } obstacle)
            return Requests.Hold(draft, obstacle.Reason);
        draft = Start(draft, SyncType.Full, NextFull(draft));
        draft = Start(draft, SyncType.Delta, NextDelta(draft));
        draft = Start(draft, SyncType.Full, NextFull(draft)); // a request that stood behind the delta's
        return Requests.Waiting(draft) is { } request
            ? Requests.Hold(draft, Holds(draft, Requests.Resolve(draft, request.Type).Type)) : draft;
    }

    /// <summary>More may be stored than the last full sync covered.</summary>
    public static bool IsScopeWidened(Draft draft) =>
        draft.Status.SyncedScope is { } synced && draft.Seen.Connector is { } connector
        && !new ScopeFingerprint(synced).Covers(connector.Scope);

    /// <summary>The run whose held deletions the next full may carry out.</summary>
    public static string? ConfirmedRun(Draft draft) =>
        ClosedRuns.NewestComplete(draft.Status.History, SyncType.Full) is { Counts.Held: > 0 } held
        && held.RunId == draft.Integration.ConfirmDeletions ? held.RunId : null;

    // What a narrower scope drops is not kept fresh any more, so letting it in again is widening.
    static Draft NarrowSyncedScope(Draft draft)
    {
        if (draft.Status.SyncedScope is not { } synced || draft.Seen.Connector is not { } connector)
            return draft;
        var left = new ScopeFingerprint(synced).Intersect(connector.Scope);
        return draft with { Status = draft.Status with { SyncedScope = left.Text } };
    }

    static string Holds(Draft draft, SyncType type) =>
        draft.WaitingForCapacity.ContainsKey(type) ? Reasons.WaitingForCapacity : Reasons.SyncInProgress;

    static Candidate? NextFull(Draft draft)
    {
        if (draft.IsBusy(SyncType.Full))
            return null;
        var due = draft.Obstacle is null ? DueTimes.Find(draft, SyncType.Full) : null;
        var request = WishFor(draft, SyncType.Full);
        if (due is { Trigger: Triggers.Initial } && request?.Row is null)
            return Scheduled(SyncType.Full, due) with { Request = request?.Token };
        var confirmed = ConfirmedRun(draft);
        var hasFailed = draft.Clock(SyncType.Full).ConsecutiveFailures > 0; // then the retry brings what these want
        if (request is { Row: not null } || request is { Token: { } token } && !Requests.IsKeptForFirst(draft, token))
            return Requested(SyncType.Full, request) with { ConfirmedRunId = confirmed };
        if (confirmed is not null && !hasFailed)
            return Confirmed(confirmed);
        if (IsScopeWidened(draft) && !hasFailed && draft.Obstacle is null)
            return Widened(draft);
        return due is null ? null : Scheduled(SyncType.Full, due) with { ConfirmedRunId = confirmed };
    }

    static Candidate? NextDelta(Draft draft)
    {
        if (draft.IsBusy(SyncType.Delta) || draft.Frequencies.Delta is null || !draft.HasEverSynced)
            return null;
        if (WishFor(draft, SyncType.Delta) is { } request)
            return Requested(SyncType.Delta, request);
        return draft.Obstacle is null && DueTimes.Find(draft, SyncType.Delta) is { } due
            ? Scheduled(SyncType.Delta, due) : null;
    }

    static Wish? WishFor(Draft draft, SyncType type) =>
        Wish.Of(draft) is { } wish && Requests.Resolve(draft, wish.Type).Type == type ? wish : null;

    static Candidate Scheduled(SyncType type, DueSync due) =>
        new(type, due.Trigger, due.Slot, JobNames.Text(type)) { At = due.At };

    static Candidate Requested(SyncType type, Wish wish) =>
        new(type, Triggers.Manual, JobNames.TokenSlot(wish.Row?.RunId ?? wish.Token?.Token ?? ""), wish.Type)
        {
            Request = wish.Token,
            ApiRequest = wish.Row,
        };

    static Candidate Confirmed(string runId) =>
        new(SyncType.Full, Triggers.Manual, JobNames.ConfirmationSlot(runId), JobNames.Text(SyncType.Full))
        {
            ConfirmedRunId = runId,
        };

    static Candidate Widened(Draft draft)
    {
        var (wanted, last) = (draft.Seen.Connector?.Scope.Text ?? "", draft.Clock(SyncType.Full).LastSyncTime);
        // One that was ended on purpose is closed for good.
        if (draft.Clock(SyncType.Full).LastResult == nameof(RunResult.Cancelled))
            wanted = $"{wanted}/{Scopes.LastRun(draft, SyncType.Full)}";
        var slot = JobNames.ScopeSlot(wanted, last);
        return new(SyncType.Full, Triggers.ScopeWidened, slot, JobNames.Text(SyncType.Full));
    }

    static Draft Start(Draft draft, SyncType type, Candidate? candidate)
    {
        if (candidate is null || draft.Seen.Connector is not { } connector || draft.Status.IntegrationId is not { } id)
            return draft;
        var name = JobNames.For(draft.Integration.Name, candidate.NamedType, candidate.Slot, draft.Integration.Uid);
        if (draft.Seen.Jobs.FirstOrDefault(job => job.Name == name) is { } twin)
            return candidate is { Request: { } again, ApiRequest: null }
                ? Requests.AnswerAgain(draft, again, twin) : DueTimes.Set(ActiveRuns.Take(draft, twin));
        var started = draft.Steps.OfType<Decision.StartRun>().Count();
        if (draft.Seen.Capacity.For(type) <= started)
            return draft.WaitForCapacity(type, Since(draft, candidate));
        return Start(draft, candidate, new StartRun
        {
            JobName = name,
            RunId = candidate.ApiRequest?.RunId
                ?? KomboIds.Run(draft.Integration.Uid, candidate.NamedType, candidate.Slot),
            Type = type,
            Trigger = candidate.Trigger,
            Token = candidate.Request?.Token,
            Slot = candidate.At,
            IntegrationId = id,
            Scope = connector.Scope.Text,
            ActiveDeadline = draft.Schedule.Deadline(type),
            ConfirmedRunId = candidate.ConfirmedRunId,
        });
    }

    static Draft Start(Draft draft, Candidate candidate, StartRun start)
    {
        var now = Seconds.Floor(draft.Now);
        var run = new ActiveRun
        {
            RunId = start.RunId,
            JobName = start.JobName,
            Trigger = start.Trigger,
            Token = start.Token,
            Slot = start.Slot,
            StartTime = now,
            Scope = start.Scope,
        };
        var clock = draft.Clock(start.Type);
        var reason = candidate.Request is { } request ? Requests.Resolve(draft, request.Type).Reason : null;
        clock = clock with { LastAttemptTime = now, LastScheduleTime = start.Slot ?? clock.LastScheduleTime };
        draft = RefusedCredentials.Retried(Identities.Bind(Scopes.Begin(Accept(draft, candidate), start.Type, start.Scope)))
            .WithActive(start.Type, run)
            .WithClock(start.Type, clock)
            .Do(new Decision.StartRun(start));
        if (start.Token is not null)
            draft = Requests.Explain(Requests.Acknowledge(draft, run, start.Token), reason);
        return ActiveRuns.Tell(draft, start.Type, run);
    }

    static DateTimeOffset Since(Draft draft, Candidate candidate) => candidate.At
        ?? (candidate.Trigger == Triggers.Initial ? draft.Integration.CreationTimestamp : null) ?? draft.Now;

    static Draft Accept(Draft draft, Candidate candidate) => candidate.ApiRequest is not { } request ? draft
        : draft.Do(new Decision.AcceptRequest(request.RunId, request.Type, candidate.NamedType))
            .Note(false, "SyncRequestAccepted", "Request", $"request {request.RunId} of the API is served now");
}
