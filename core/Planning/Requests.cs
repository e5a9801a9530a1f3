using System.Security.Cryptography;
using System.Text;
using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Core.Planning;

/// <summary>Requests by annotation. A token is opaque; it is answered once: accepted when the Job that serves it
/// exists, or rejected. Until then it is Pending, and a newer one takes its place.</summary>
static class Requests
{
    public const string Pending = "Pending";
    public const string Accepted = "Accepted";
    public const string Completed = "Completed";
    public const string Failed = "Failed";
    public const string Rejected = "Rejected";
    const int LongestToken = 256;

    /// <summary>The request that waits to be served; null if none does.</summary>
    public static RequestStatus? Waiting(Draft draft) =>
        draft.Status.LastRequest is { Result: Pending } request ? request : null;

    /// <summary>Takes note of the annotations.</summary>
    public static Draft Receive(Draft draft)
    {
        var waiting = Waiting(draft);
        if (string.IsNullOrEmpty(draft.Integration.RequestedAt))
            return waiting is null ? draft : Withdrawn(draft, waiting);
        var token = Mark(draft.Integration.RequestedAt);
        if (token == draft.Status.LastHandledReconcileAt)
            return waiting is null ? draft : Withdrawn(draft, waiting, handled: token);
        if (waiting is not null && waiting.Token != token)
            draft = draft.Note(false, "SyncRequestReplaced", "Request",
                $"request {waiting.Token} had not been served yet; {token} takes its place");
        var type = Strongest(waiting?.Type, Asked(draft));
        var request = new RequestStatus { Token = token, Type = type, Result = Pending };
        if (Refusal(draft, token) is var (reason, message))
            return Reject(draft, request, reason, message);
        return waiting is not null && waiting.Token == token && waiting.Type == type
            ? draft : With(draft, First(draft, request));
    }

    /// <summary>It came with a new object whose first sync waits for its slot, so it waits with it.</summary>
    public static bool IsKeptForFirst(Draft draft, RequestStatus request) =>
        request.Reason == Reasons.WaitingForSchedule && !draft.HasEverSynced;

    /// <summary>Says why it still waits.</summary>
    public static Draft Hold(Draft draft, string reason) =>
        Waiting(draft) is { } request && !IsKeptForFirst(draft, request)
            ? With(draft, request with { Reason = reason }) : draft;

    /// <summary>Says why another type than the one asked for serves it; null for no reason.</summary>
    public static Draft Explain(Draft draft, string? reason) =>
        reason is not null && draft.Status.LastRequest is { Result: Accepted } request
            ? With(draft, request with { Reason = reason }) : draft;

    /// <summary>A Job of the same name has ended before: the token was used twice, and has its answer
    /// already.</summary>
    public static Draft AnswerAgain(Draft draft, RequestStatus request, ObservedJob job) => draft with
    {
        Status = draft.Status with
        {
            LastHandledReconcileAt = request.Token,
            LastRequest = request with
            {
                Result = job.Succeeded == true ? Completed : Failed,
                Reason = null,
                JobName = job.Name,
                RunId = job.RunId,
            },
        },
    };

    /// <summary>The Job that serves the token exists.</summary>
    public static Draft Acknowledge(Draft draft, ActiveRun run, string token)
    {
        // What the annotation says now may have been answered already; it must not look new again.
        var current = draft.Integration.RequestedAt is { Length: > 0 } annotation ? Mark(annotation) : null;
        var answered = current is not null && current == draft.Status.LastHandledReconcileAt;
        var handled = answered ? draft.Status.LastHandledReconcileAt : token;
        var status = draft.Status with { LastHandledReconcileAt = handled };
        var last = status.LastRequest;
        if (last?.Token == token || last is not { Result: Pending })
            status = status with
            {
                LastRequest = last?.RunId == run.RunId ? last : new RequestStatus
                {
                    Token = token,
                    Type = last?.Token == token ? last.Type : Asked(draft),
                    Result = Accepted,
                    JobName = run.JobName,
                    RunId = run.RunId,
                },
            };
        return draft with { Status = status };
    }

    /// <summary>The request after the run that served it.</summary>
    public static RequestStatus? Answered(RequestStatus? request, ActiveRun run, Outcome outcome)
    {
        if (request?.RunId != run.RunId || request.Result != Accepted)
            return request;
        return outcome.MovesClock
            ? request with { Result = Completed } : request with { Result = Failed, Reason = outcome.Reason };
    }

    /// <summary>What the request comes to now, and why where that is not what was asked for.</summary>
    /// <param name="asked">full, delta or default.</param>
    public static (SyncType Type, string? Reason) Resolve(Draft draft, string? asked)
    {
        if (asked == "full")
            return (SyncType.Full, null);
        if (!draft.HasEverSynced)
            return (SyncType.Full, Reasons.NeverSynced);
        if (draft.Frequencies.Delta is null)
            return (SyncType.Full, Reasons.DeltaNotSupported);
        return asked == "default" && Starts.IsScopeWidened(draft)
            ? (SyncType.Full, Reasons.ScopeWidened) : (SyncType.Delta, null);
    }

    /// <summary>The token as status keeps it: itself, or for one that is too long its beginning and a hash.</summary>
    internal static string Mark(string token)
    {
        if (!IsTooLong(token))
            return token;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        return $"{Texts.Start(token, 32)}…sha256:{hash}";
    }

    static bool IsTooLong(string token) => Encoding.UTF8.GetByteCount(token) > LongestToken;

    static string Asked(Draft draft) => draft.Integration.RequestedSync is { Length: > 0 } type ? type : "full";

    internal static int Strength(string? type) => type switch { "full" => 2, "default" => 1, _ => 0 };

    static string Strongest(string? waiting, string asked) =>
        waiting is not null && IsKnown(asked) && Strength(waiting) > Strength(asked) ? waiting : asked;

    static bool IsKnown(string type) => type is "full" or "delta" or "default";

    static (string Reason, string Message)? Refusal(Draft draft, string token)
    {
        if (IsTooLong(draft.Integration.RequestedAt!)) // not null: there is a token
            return (Reasons.TokenTooLong,
                $"request {token}: a token has at most {LongestToken} bytes; use a shorter one");
        if (!IsKnown(Asked(draft)))
            return (Reasons.UnknownSyncType,
                $"request {token}: kombo.dev/requestedSync is \"{Texts.Limited(Asked(draft), 64)}\"; write full, delta "
                + "or default, together with a new token");
        return Obstacles.Suspended(draft) is { } obstacle
            ? (obstacle.Reason, $"request {token} is not served: {obstacle.Message}, then ask again with a new token")
            : null;
    }

    static Draft Reject(Draft draft, RequestStatus request, string reason, string message)
    {
        var type = Texts.Limited(request.Type ?? "", 63);
        draft = With(draft, request with { Type = type, Result = Rejected, Reason = reason });
        return (draft with { Status = draft.Status with { LastHandledReconcileAt = request.Token } })
            .Note(true, "SyncRequestRejected", "Request", message);
    }

    static Draft Withdrawn(Draft draft, RequestStatus waiting, string? handled = null) => (draft with
    {
        Status = draft.Status with
        {
            LastHandledReconcileAt = handled ?? waiting.Token,
            LastRequest = waiting with { Result = Rejected, Reason = Reasons.Cancelled },
        },
    }).Note(false, "SyncRequestWithdrawn", "Request", $"request {waiting.Token} was taken back before it was served");

    // A token that came with the object is served by its first sync, whenever that is due.
    static RequestStatus First(Draft draft, RequestStatus request) =>
        draft.Seen.Integration.Status.ObservedGeneration is null && draft.Schedule.FirstSyncAtNextSlot
            ? request with { Reason = Reasons.WaitingForSchedule } : request;

    static Draft With(Draft draft, RequestStatus request) =>
        draft with { Status = draft.Status with { LastRequest = request } };
}
