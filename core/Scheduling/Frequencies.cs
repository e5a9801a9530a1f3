using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Core.Scheduling;

/// <summary>How often an Integration is synced, after overrides and variants: its own frequency beats the one with
/// webhooks beats the one with delta (full only) beats the plain one.</summary>
/// <param name="Delta">Null: no delta syncs.</param>
/// <param name="ChangesAt">When webhooks stop counting as active unless another event arrives; null if they are
/// not.</param>
public sealed record Frequencies(Frequency Full, Frequency? Delta, DateTimeOffset? ChangesAt)
{
    /// <summary>Upstream webhooks count as active for this long after a verified event.</summary>
    static readonly TimeSpan WebhooksStayActive = TimeSpan.FromHours(24);

    public Frequency? this[SyncType type] => type == SyncType.Delta ? Delta : Full;

    public EffectiveFrequencies ToStatus() =>
        new(Durations.Format(Full.Every), Delta is null ? null : Durations.Format(Delta.Every));

    public static Frequencies Of(Observation seen)
    {
        var schedule = EffectiveSchedule.Of(seen.Schedule.Spec);
        var spec = seen.Integration.Spec;
        if (seen.Connector is not { } connector)
            return Remembered(seen.Integration.Status.Effective, schedule);
        var quietFrom = spec.UpstreamWebhooks?.Enabled == true && seen.LastUpstreamEventAt is { } last
            ? Seconds.Add(last, WebhooksStayActive) : (DateTimeOffset?)null;
        var webhooks = quietFrom > seen.Now;
        return new(
            FullOf(schedule, connector.SupportsDelta && connector.DeltaCoversScope, webhooks, spec.Sync?.Full),
            connector.SupportsDelta ? DeltaOf(schedule, webhooks, spec.Sync?.Delta) : null,
            webhooks ? quietFrom : null);
    }

    // While the connector is not known nothing starts; the clocks go on as they were.
    static Frequencies Remembered(EffectiveFrequencies? status, EffectiveSchedule schedule) => new(
        Durations.TryParse(status?.Full, out var full)
            ? new(full, "as before") : new(schedule.FullFrequency, "full.frequency of the schedule"),
        Durations.TryParse(status?.Delta, out var delta) ? new(delta, "as before") : null,
        null);

    static Frequency FullOf(EffectiveSchedule schedule, bool deltaCovers, bool webhooks, FrequencyOverride? own) =>
        Own(own, SyncType.Full) ?? (webhooks, deltaCovers) switch
        {
            (true, _) => new(schedule.FullFrequencyWithWebhooks, "full.frequencyWithWebhooks of the schedule"),
            (false, true) => new(schedule.FullFrequencyWithDelta, "full.frequencyWithDelta of the schedule"),
            (false, false) => new(schedule.FullFrequency, "full.frequency of the schedule"),
        };

    static Frequency DeltaOf(EffectiveSchedule schedule, bool webhooks, FrequencyOverride? own) =>
        Own(own, SyncType.Delta) ?? (webhooks
            ? new(schedule.DeltaFrequencyWithWebhooks, "delta.frequencyWithWebhooks of the schedule")
            : new(schedule.DeltaFrequency, "delta.frequency of the schedule"));

    static Frequency? Own(FrequencyOverride? own, SyncType type)
    {
        var text = own?.Frequency;
        return Durations.Check(text, DurationBounds.Frequency) is null && Durations.TryParse(text, out var value)
            ? new(value, $"spec.sync.{JobNames.Text(type)}.frequency") : null;
    }
}

/// <param name="Source">The field that says so.</param>
public sealed record Frequency(TimeSpan Every, string Source);
