using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Core.Scheduling;

/// <summary>A SyncSchedule with the defaults filled in. A malformed value counts as absent: <see cref="ScheduleRules"/>
/// has reported it, and nothing starts until it is corrected.</summary>
public sealed record EffectiveSchedule
{
    public required TimeSpan FullFrequency { get; init; }
    public required TimeSpan FullFrequencyWithDelta { get; init; }
    public required TimeSpan FullFrequencyWithWebhooks { get; init; }
    public required TimeSpan DeltaFrequency { get; init; }
    public required TimeSpan DeltaFrequencyWithWebhooks { get; init; }

    /// <summary>The first full sync waits one frequency; else it is due at once.</summary>
    public required bool FirstSyncAtNextSlot { get; init; }
    public required int JitterPercent { get; init; }
    public required int MaxActiveSyncs { get; init; }
    public required TimeSpan RetryBase { get; init; }
    public required TimeSpan RetryMax { get; init; }
    public required int FailureThreshold { get; init; }
    public required TimeSpan FullDeadline { get; init; }
    public required TimeSpan DeltaDeadline { get; init; }
    public required bool Suspend { get; init; }

    public TimeSpan Deadline(SyncType type) => type == SyncType.Delta ? DeltaDeadline : FullDeadline;

    public static EffectiveSchedule Of(SyncScheduleSpec spec) => new()
    {
        FullFrequency = Frequency(spec.Full?.Frequency, hours: 3),
        FullFrequencyWithDelta = Frequency(spec.Full?.FrequencyWithDelta, hours: 24),
        FullFrequencyWithWebhooks = Frequency(spec.Full?.FrequencyWithWebhooks, hours: 24),
        DeltaFrequency = Frequency(spec.Delta?.Frequency, hours: 0.25),
        DeltaFrequencyWithWebhooks = Frequency(spec.Delta?.FrequencyWithWebhooks, hours: 3),
        FirstSyncAtNextSlot = spec.FirstSync == ScheduleRules.AtNextSlot,
        JitterPercent = spec.JitterPercent is >= 0 and <= 99 and var percent ? percent : 0,
        MaxActiveSyncs = spec.MaxActiveSyncs is > 0 and var most ? most : 20,
        RetryBase = Or(spec.Retry?.Base, DurationBounds.RetryDelay, TimeSpan.FromMinutes(1)),
        RetryMax = Or(spec.Retry?.Max, DurationBounds.RetryDelay, TimeSpan.FromHours(1)),
        FailureThreshold = spec.Retry?.FailureThreshold is > 0 and var threshold ? threshold : 10,
        FullDeadline = Or(spec.ActiveDeadline?.Full, DurationBounds.Deadline, TimeSpan.FromHours(72)),
        DeltaDeadline = Or(spec.ActiveDeadline?.Delta, DurationBounds.Deadline, TimeSpan.FromHours(6)),
        Suspend = spec.Suspend ?? false,
    };

    static TimeSpan Frequency(string? text, double hours) =>
        Or(text, DurationBounds.Frequency, TimeSpan.FromHours(hours));

    static TimeSpan Or(string? text, DurationBounds bounds, TimeSpan otherwise) =>
        Durations.Check(text, bounds) is null && Durations.TryParse(text, out var value) ? value : otherwise;
}
