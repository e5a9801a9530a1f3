using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Operator.Metrics;

/// <summary>Counts what a status that was written says more than the one before: after a crash nothing is counted twice that was
/// stored, whoever stored it.</summary>
static class SyncMetrics
{
    /// <param name="seen">What the plan was made of.</param>
    /// <param name="connector">Its name.</param>
    /// <param name="written">The new status.</param>
    public static void Count(Observation seen, string connector, IntegrationStatus written)
    {
        foreach (var run in Ended(seen.Integration.Status, written))
            Count(connector, run);
        foreach (var late in Started(seen, written))
        {
            Telemetry.StartDelay.Record(late.Delay.TotalSeconds);
            Telemetry.Missed.Add(late.Missed);
        }
        if (written.LastRequest is { Result: { } result } request && result != "Pending"
            && (request.Token, result) != (seen.Integration.Status.LastRequest?.Token, seen.Integration.Status.LastRequest?.Result))
            Telemetry.Requests.Add(1, new KeyValuePair<string, object?>("result", result));
    }

    /// <summary>The runs that are in history now and were not before.</summary>
    internal static IEnumerable<FinishedRun> Ended(IntegrationStatus before, IntegrationStatus written)
    {
        var known = (before.History ?? []).Select(run => run.RunId).ToHashSet();
        return (written.History ?? []).Where(run => !known.Contains(run.RunId));
    }

    /// <summary>The runs that serve a due time and have begun.</summary>
    internal static IEnumerable<LateStart> Started(Observation seen, IntegrationStatus written)
    {
        foreach (var type in new[] { SyncType.Full, SyncType.Delta })
            if (written.Active?[type] is { Slot: { } slot } run && run.RunId != seen.Integration.Status.Active?[type]?.RunId)
                yield return Late(seen, run, slot, type == SyncType.Full ? written.Effective?.Full : written.Effective?.Delta);
    }

    static void Count(string connector, FinishedRun run)
    {
        var (provider, result) = (Tag("provider", connector), Tag("result", run.Result));
        if (run.Type == JobNames.Text(SyncType.Purge))
        {
            Telemetry.Purges.Add(1, provider, Tag("trigger", run.Trigger), result);
            return;
        }
        if (run.Type == JobNames.Text(SyncType.Webhook))
        {
            Telemetry.WebhookRuns.Add(1, provider, result);
            return;
        }

        Telemetry.Runs.Add(1, provider, Tag("trigger", run.Trigger), result);
        if (run is { StartTime: { } start, FinishedAt: { } end })
            Telemetry.RunDuration.Record(Math.Max(0, (end - start).TotalSeconds), provider, result);
    }

    // The start in status is cut to the second; of a Job that was adopted it is all there is.
    static LateStart Late(Observation seen, ActiveRun run, DateTimeOffset slot, string? frequency)
    {
        var isAdopted = seen.Jobs.Any(job => job.RunId == run.RunId);
        var delay = (isAdopted ? run.StartTime ?? seen.Now : seen.Now) - slot;
        delay = delay < TimeSpan.Zero ? TimeSpan.Zero : delay;
        var missed = Durations.TryParse(frequency, out var every) && every > TimeSpan.Zero ? (long)(delay / every) : 0;
        return new(delay, missed);
    }

    static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);

    /// <param name="Missed">Due times that passed meanwhile.</param>
    internal sealed record LateStart(TimeSpan Delay, long Missed);
}
