using Kombo.Core.Ids;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>Webhook runs: events of the source wait, and one run at a time takes all of them, beside full and delta syncs. What
/// cannot run now is kept, and said.</summary>
static class Webhooks
{
    /// <summary>Between two runs, so that a source that tells of something all the time costs a bounded number of
    /// Jobs.</summary>
    static readonly TimeSpan Pace = TimeSpan.FromSeconds(10);

    /// <summary>How far clocks may differ before a time in the future is taken for an error.</summary>
    static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    public static Draft Decide(Draft draft)
    {
        if (draft.Seen.Events is not { } events || IsBusy(draft) || Obstacle(draft) is not null || Due(draft) > draft.Now
            || draft.Seen.Connector is not { } connector || draft.Status.IntegrationId is not { } id)
            return draft;
        return draft.Seen.Capacity.Webhook > 0
            ? Start(draft, events, id, connector.Scope.Text)
            : draft with { WaitingForCapacity = draft.WaitingForCapacity.SetItem(SyncType.Webhook, events.Since) };
    }

    /// <summary>When to look again for the sake of what waits; null where nothing does, or its end is what
    /// matters.</summary>
    public static DateTimeOffset? WakeAt(Draft draft) =>
        draft.Seen.Events is null || IsBusy(draft) || Obstacle(draft) is not null
            || draft.WaitingForCapacity.ContainsKey(SyncType.Webhook)
            ? null : Seconds.Later(Due(draft), draft.Now);

    /// <summary>The clock after a webhook run.</summary>
    public static ClockStatus After(Draft draft, ClockStatus clock, Outcome outcome)
    {
        if (outcome.IsOnPurpose)
            return clock;
        if (outcome.MovesClock)
            return clock with { LastSyncTime = outcome.FinishedAt, ConsecutiveFailures = null, NextSyncTime = null };
        var failures = Math.Min(clock.ConsecutiveFailures ?? 0, 1_000_000) + 1;
        return clock with
        {
            ConsecutiveFailures = failures,
            NextSyncTime = Seconds.Add(
                Seconds.Ceiling(outcome.FinishedAt), RetryDelay.After(failures, draft.Schedule, draft.Schedule.RetryMax)),
        };
    }

    /// <summary>Says why events wait; null where none do, or not for long.</summary>
    public static Condition? Waiting(Draft draft)
    {
        if (draft.Seen.Events is not { } events || IsBusy(draft))
            return null;
        Condition Of(string reason, string message) => new(
            ConditionTypes.EventsWaiting, "True", reason,
            $"events of the source wait since {Texts.Time(events.Since)} and are kept: {message}");
        if (Obstacle(draft) is var (reason, message))
            return Of(reason, message);
        if (draft.WaitingForCapacity.ContainsKey(SyncType.Webhook))
            return Of(Reasons.WaitingForCapacity, "as many webhook runs as allowed are going on (a fifth of "
                + "spec.maxActiveSyncs of the SyncSchedule, and of the operator's MaxActiveSyncs, at least one)");
        var clock = draft.Clock(SyncType.Webhook);
        if (clock is not { ConsecutiveFailures: > 0, NextSyncTime: { } next })
            return null;
        var last = draft.Status.History?.FirstOrDefault(run => run.Type == JobNames.Text(SyncType.Webhook));
        return Of(Reasons.WaitingForRetry,
            $"the last webhook run failed ({last?.Reason ?? clock.LastResult ?? Reasons.Failed}) and is tried again at "
            + Texts.Time(next) + (last?.Message is { } words ? $". What it said: {words}" : ""));
    }

    static bool IsBusy(Draft draft) => draft.IsBusy(SyncType.Webhook);

    static (string Reason, string Message)? Obstacle(Draft draft)
    {
        if (draft.Integration.Spec.UpstreamWebhooks?.Enabled != true)
            return (Reasons.WebhooksDisabled, "set spec.upstreamWebhooks.enabled to true to have them processed");
        if (draft.Obstacle is { } obstacle)
            return (obstacle.Reason, obstacle.Message);
        return draft.HasEverSynced || draft.IsBusy(SyncType.Full) ? null
            : (Reasons.NeverSynced, "they are processed once the first full sync has begun");
    }

    // A stored time that no rule can have put there comes from a clock that jumped.
    static DateTimeOffset Due(Draft draft)
    {
        var clock = draft.Clock(SyncType.Webhook);
        if (clock is { ConsecutiveFailures: > 0, NextSyncTime: { } retry })
            return IsMended(draft) || retry > Seconds.Add(draft.Now, draft.Schedule.RetryMax + Skew) ? draft.Now : retry;
        return clock.LastSyncTime is { } last && last <= Seconds.Add(draft.Now, Skew) ? Seconds.Add(last, Pace) : draft.Now;
    }

    // The edit, or the other Secret, is probably the remedy.
    static bool IsMended(Draft draft) => RefusedCredentials.HaveChanged(draft)
        || draft.Integration.Status.ObservedGeneration < draft.Integration.Generation;

    static Draft Start(Draft draft, ObservedEvents events, string id, string scope)
    {
        var type = JobNames.Text(SyncType.Webhook);
        var slot = JobNames.EventSlot(events.Oldest, Scopes.LastRun(draft, SyncType.Webhook));
        var name = JobNames.For(draft.Integration.Name, type, slot, draft.Integration.Uid);
        if (draft.Seen.Jobs.FirstOrDefault(job => job.Name == name) is { } twin)
            return ActiveRuns.Take(draft, twin);
        var run = new ActiveRun
        {
            RunId = KomboIds.Run(draft.Integration.Uid, type, slot),
            JobName = name,
            Trigger = Triggers.Webhook,
            StartTime = Seconds.Floor(draft.Now),
            Scope = scope,
        };
        draft = RefusedCredentials.Retried(Identities.Bind(Scopes.Begin(draft, SyncType.Webhook, scope)));
        return draft.WithActive(SyncType.Webhook, run)
            .WithClock(SyncType.Webhook, draft.Clock(SyncType.Webhook) with { LastAttemptTime = run.StartTime })
            .Do(new Decision.StartRun(new StartRun
            {
                JobName = run.JobName,
                RunId = run.RunId,
                Type = SyncType.Webhook,
                Trigger = run.Trigger,
                IntegrationId = id,
                Scope = scope,
                ActiveDeadline = draft.Schedule.Deadline(SyncType.Delta),
            }));
    }
}
