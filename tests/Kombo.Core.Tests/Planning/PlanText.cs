using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Tests.Planning;

/// <summary>A plan as lines that tests compare with.</summary>
static class PlanText
{
    public static void ShouldSay(this Plan plan, string expected, string rule)
    {
        var lines = Lines(plan).ToList();
        foreach (var wanted in expected.Split("; "))
            lines.ShouldContain(wanted, $"{rule}\n{string.Join('\n', lines)}\n");
    }

    public static IEnumerable<string> Lines(Plan plan)
    {
        if (plan.Steps.All(step => step is Decision.Publish))
            yield return "no steps";
        if (!plan.Steps.Any(step => step is Decision.StartRun))
            yield return "no start";
        foreach (var step in plan.Steps)
            yield return Line(step);
        foreach (var waiting in plan.Waiting)
            yield return $"waits {Name(waiting.Type)} {An.Text(waiting.Since)}";
        yield return $"wake {An.Text(plan.WakeAt)}";
        yield return $"reason {plan.Reason}";
        foreach (var line in Status(plan.Status))
            yield return line;
    }

    static string Line(Decision step) => step switch
    {
        Decision.StartRun { Run: var run } =>
            $"start {Name(run.Type)} {run.Trigger}{Tail(run.Token)}{(run.Slot is { } slot ? $" {An.Text(slot)}" : "")}",
        Decision.CloseRunRow row => $"close {row.RunId} {row.Result}",
        Decision.AcceptRequest asked => $"accept {asked.RunId} {asked.Type} as {asked.RunsAs}",
        Decision.AnswerRequest asked => $"answer {asked.RunId} {asked.Result}{Tail(asked.Reason)}",
        Decision.DeleteJob job => $"delete {job.JobName}",
        Decision.AddFinalizer => "add finalizer",
        Decision.RemoveFinalizer => "remove finalizer",
        Decision.CloseIntegrationRow => "close row",
        Decision.Publish { Note: var note } => $"event {note.Reason}{(note.Warning ? "!" : "")}",
        _ => step.ToString(),
    };

    static IEnumerable<string> Status(IntegrationStatus status)
    {
        foreach (var condition in status.Conditions ?? [])
            yield return $"{condition.Type}={condition.Status} {condition.Reason}";
        foreach (var type in new[] { ConditionTypes.Stalled, ConditionTypes.SyncSucceeded, ConditionTypes.DeletionsHeld, ConditionTypes.PurgePending, ConditionTypes.EventsWaiting })
            if (status.Conditions?.Any(condition => condition.Type == type) != true)
                yield return $"no {type}";
        foreach (var line in Clock("full", status.Full).Concat(Clock("delta", status.Delta)).Concat(Clock("purge", status.Purge))
            .Concat(Clock("webhook", status.Webhook)))
            yield return line;
        yield return $"request{Tail(status.LastRequest?.Token)}{Tail(status.LastRequest?.Type)}{Tail(status.LastRequest?.Result)}"
            + Tail(status.LastRequest?.Reason);
        yield return $"handled {status.LastHandledReconcileAt ?? "-"}";
        yield return $"active{Tail(status.Active?.Full is null ? null : "full")}{Tail(status.Active?.Delta is null ? null : "delta")}"
            + Tail(status.Active?.Purge is null ? null : "purge") + Tail(status.Active?.Webhook is null ? null : "webhook");
        yield return $"stored {status.StoredScope ?? "-"}";
        yield return $"effective {status.Effective?.Full} {status.Effective?.Delta ?? "-"}";
        yield return $"scope {status.SyncedScope ?? "-"}";
        yield return $"next {An.Text(status.NextSyncTime)}";
    }

    static IEnumerable<string> Clock(string type, ClockStatus? clock) =>
    [
        $"{type} due {An.Text(clock?.NextSyncTime)}",
        $"{type} last {An.Text(clock?.LastSyncTime)}",
        $"{type} attempt {An.Text(clock?.LastAttemptTime)}",
        $"{type} slot {An.Text(clock?.LastScheduleTime)}",
        $"{type} failures {clock?.ConsecutiveFailures ?? 0}",
        $"{type} result {clock?.LastResult ?? "-"}",
    ];

    static string Name(SyncType type) => JobNames.Text(type);

    static string Tail(string? text) => text is null ? "" : $" {text}";
}
