using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>What happens next, when and why, and what can be done, in words for people.</summary>
static class Explanations
{
    public static string Of(Draft draft)
    {
        var lines = new List<string>();
        lines.AddRange(Running(draft));
        if (draft.Obstacle is { } obstacle)
            lines.Add($"{Title(obstacle)}: {obstacle.Message}.");
        lines.Add(Full(draft));
        lines.Add(Delta(draft));
        if (Purge(draft) is { } purge)
            lines.Add(purge);
        if (Requests.Waiting(draft) is { } request)
            lines.Add($"Request {request.Token} ({request.Type}) waits: {request.Reason}.");
        if (ApiRequests.Next(draft) is { } asked
            && !draft.Steps.OfType<Decision.AcceptRequest>().Any(step => step.RunId == asked.RunId))
            lines.Add($"Request {asked.RunId} ({asked.Type}) of the API waits.");
        foreach (var type in new[] { ConditionTypes.DeletionsHeld, ConditionTypes.PurgePending, ConditionTypes.EventsWaiting })
            if (Conditions.Find(draft.Status.Conditions, type) is { } condition)
                lines.Add(Capital(condition.Message) + ".");
        if (draft.Obstacle is null or { Kind: ObstacleKind.CredentialsRefused })
            lines.Add($"To sync now: kombo sync {draft.Integration.Name}, or kubectl annotate integration "
                + $"{draft.Integration.Name} -n {draft.Integration.Namespace} --overwrite "
                + "kombo.dev/requestedAt=\"$(date -u +%FT%T.%NZ)\".");
        return string.Join('\n', lines);
    }

    static string Title(Obstacle obstacle) => obstacle.Kind switch
    {
        ObstacleKind.Suspended => "Suspended",
        ObstacleKind.NeedsEdit => "No sync starts until this is edited",
        ObstacleKind.NotReady => "No sync starts yet (looked at again within 30s)",
        ObstacleKind.CredentialsRefused => "Stopped",
        _ => obstacle.Reason,
    };

    static IEnumerable<string> Running(Draft draft)
    {
        foreach (var type in SyncTypeRules.Reading)
            if (draft.Steps.OfType<Decision.StartRun>().FirstOrDefault(step => step.Run.Type == type) is { } start)
                yield return $"A {Texts.Run(type)} starts now, because {Why(draft, start.Run)} "
                    + $"(Job {start.Run.JobName}).";
            else if (draft.Active(type) is { } run)
                yield return $"A {Texts.Run(type)} is running"
                    + (run.StartTime is { } since ? $" since {Texts.Time(since)}" : "")
                    + $" ({run.Trigger}, Job {run.JobName})"
                    + (Conditions.Trouble(draft, run) is { } trouble ? $", but {trouble}." : ".");
    }

    static string? Purge(Draft draft)
    {
        if (draft.Active(SyncType.Purge) is { } run)
            return $"A purge run removes what may not be stored ({run.Trigger}, Job {run.JobName})"
                + (Conditions.Trouble(draft, run) is { } trouble ? $", but {trouble}." : ".");
        if (draft.WaitingForCapacity.ContainsKey(SyncType.Purge))
            return Capital(Purges.WaitsForCapacity) + ".";
        return draft.Status.StoredScope is not null && draft.Clock(SyncType.Purge).NextSyncTime is { } next
            ? $"The next purge run is due at {Texts.Time(next)}{In(next - draft.Now)}." : null;
    }

    static string Why(Draft draft, StartRun run) => run.Trigger switch
    {
        Triggers.Initial => "the Integration was never synced",
        Triggers.Webhook => "the source told of changes",
        Triggers.Retry => "the one before failed and its delay is over",
        Triggers.ScopeWidened => "the scope lets more through than was synced so far",
        Triggers.Manual when draft.Seen.ApiRequests.Any(request => request.RunId == run.RunId) => "the API asks for it",
        Triggers.Manual when run.Token is null => "held deletions were confirmed",
        Triggers.Manual => $"request {run.Token} asks for it",
        _ => run.Slot is { } slot ? $"it was due at {Texts.Time(slot)}" : "it is due",
    };

    static string Full(Draft draft)
    {
        if (draft.Active(SyncType.Full) is not null)
            return $"The next full sync is due {Every(draft.Frequencies.Full)} after this one ends.";
        if (draft.Clock(SyncType.Full).NextSyncTime is not null)
            return Next(draft, SyncType.Full, draft.Frequencies.Full);
        return draft.WaitingForCapacity.ContainsKey(SyncType.Full)
            ? "The first full sync waits for capacity."
            : "The first full sync starts as soon as nothing stands in its way.";
    }

    static string Delta(Draft draft)
    {
        if (draft.Frequencies.Delta is not { } delta)
            return draft.Seen.Connector is null
                ? "Whether there are delta syncs is known when the connector is."
                : "No delta syncs: the connector cannot ask the source for changes only.";
        if (draft.Active(SyncType.Delta) is not null)
            return $"The next delta sync is due {Every(delta)} after this one ends.";
        return draft.HasEverSynced && draft.Clock(SyncType.Delta).NextSyncTime is not null
            ? Next(draft, SyncType.Delta, delta)
            : $"The first delta sync is due {Every(delta)} after the first full sync has succeeded.";
    }

    static string Next(Draft draft, SyncType type, Frequency frequency)
    {
        var clock = draft.Clock(type);
        var when = clock.NextSyncTime is { } next ? $"{Texts.Time(next)}{In(next - draft.Now)}" : "";
        if (draft.WaitingForCapacity.ContainsKey(type))
            return $"The {Texts.Type(type)} sync was due at {when} and waits for capacity.";
        if (DueTimes.IsRetrying(draft, type))
            return $"The last {Failed(clock.ConsecutiveFailures ?? 0, type)} failed "
                + $"({clock.LastResult}); the next attempt is at {when}.";
        var basis = clock switch
        {
            { ConsecutiveFailures: > 0 } => "after the last attempt, which failed",
            { LastSyncTime: { } last } => $"after the last one ended at {Texts.Time(last)}",
            _ when type == SyncType.Delta => "after the first full sync",
            _ => "after the Integration was created",
        };
        return $"The next {Texts.Type(type)} sync is due at {when}: {Every(frequency)} {basis}.";
    }

    static string Failed(int times, SyncType type) =>
        times > 1 ? Texts.Count(times, $"{Texts.Type(type)} sync") : $"{Texts.Type(type)} sync";

    static string Every(Frequency frequency) => $"{Durations.Format(frequency.Every)} ({frequency.Source})";

    static string In(TimeSpan left) => left <= TimeSpan.Zero
        ? "" : $", in {Durations.Format(TimeSpan.FromSeconds(Math.Ceiling(left.TotalSeconds)))}";

    static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
