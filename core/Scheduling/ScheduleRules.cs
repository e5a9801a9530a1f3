using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Resources;

namespace Kombo.Core.Scheduling;

/// <summary>What is wrong with a SyncSchedule. The schema of its kind says the same; this holds for servers that do not
/// evaluate all of it, and for the mode without a cluster.</summary>
public static class ScheduleRules
{
    internal const string Now = "Now";
    internal const string AtNextSlot = "AtNextSlot";

    public static ImmutableArray<Problem> Check(SyncScheduleSpec spec) => Check(new ObservedSchedule(null, spec));

    /// <summary>The same, for the Integrations that use it: the messages name the schedule.</summary>
    public static ImmutableArray<Problem> Check(ObservedSchedule schedule)
    {
        var spec = schedule.Spec;
        var subject = schedule.Name is null ? "" : $"SyncSchedule \"{schedule.Name}\": ";
        var found = new ProblemList(Reasons.InvalidSchedule, subject);
        found.Duration("spec.full.frequency", spec.Full?.Frequency, DurationBounds.Frequency);
        found.Duration("spec.full.frequencyWithDelta", spec.Full?.FrequencyWithDelta, DurationBounds.Frequency);
        found.Duration("spec.full.frequencyWithWebhooks", spec.Full?.FrequencyWithWebhooks, DurationBounds.Frequency);
        found.Duration("spec.delta.frequency", spec.Delta?.Frequency, DurationBounds.Frequency);
        found.Duration("spec.delta.frequencyWithWebhooks", spec.Delta?.FrequencyWithWebhooks, DurationBounds.Frequency);
        found.OneOf("spec.firstSync", spec.FirstSync, Now, AtNextSlot);
        found.Range("spec.jitterPercent", spec.JitterPercent, 0, 99);
        found.Range("spec.maxActiveSyncs", spec.MaxActiveSyncs, 1, 10_000);
        found.Duration("spec.retry.base", spec.Retry?.Base, DurationBounds.RetryDelay);
        found.Duration("spec.retry.max", spec.Retry?.Max, DurationBounds.RetryDelay);
        found.Range("spec.retry.failureThreshold", spec.Retry?.FailureThreshold, 1, 1000);
        found.Duration("spec.activeDeadline.full", spec.ActiveDeadline?.Full, DurationBounds.Deadline);
        found.Duration("spec.activeDeadline.delta", spec.ActiveDeadline?.Delta, DurationBounds.Deadline);
        var effective = EffectiveSchedule.Of(spec);
        if (found.IsEmpty && effective.RetryBase > effective.RetryMax)
            found.Add("spec.retry", $"base ({Durations.Format(effective.RetryBase)}) is longer than max "
                + $"({Durations.Format(effective.RetryMax)}): raise max or lower base");
        return found.ToImmutable();
    }
}
