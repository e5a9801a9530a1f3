namespace Kombo.Core.Resources;

/// <summary>Spec of a SyncSchedule as written by its user; unchecked. Durations are text like <c>3h</c> or <c>1h30m</c>.</summary>
public sealed record SyncScheduleSpec
{
    public FullScheduleSpec? Full { get; init; }
    public DeltaScheduleSpec? Delta { get; init; }

    /// <summary>Now (default) or AtNextSlot.</summary>
    public string? FirstSync { get; init; }

    /// <summary>0 (default) to 99: share of the frequency by which a slot may be moved, fixed once per slot.</summary>
    public int? JitterPercent { get; init; }

    /// <summary>Most syncs of this schedule's Integrations at a time; default 20.</summary>
    public int? MaxActiveSyncs { get; init; }
    public RetrySpec? Retry { get; init; }
    public ActiveDeadlineSpec? ActiveDeadline { get; init; }
    public bool? Suspend { get; init; }
}

public sealed record FullScheduleSpec(string? Frequency, string? FrequencyWithDelta, string? FrequencyWithWebhooks);

public sealed record DeltaScheduleSpec(string? Frequency, string? FrequencyWithWebhooks);

public sealed record RetrySpec(string? Base, string? Max, int? FailureThreshold);

public sealed record ActiveDeadlineSpec(string? Full, string? Delta);
