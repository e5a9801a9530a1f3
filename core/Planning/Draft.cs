using System.Collections.Immutable;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>A plan in the making: what was seen, and what the rules so far have made of the status.</summary>
sealed record Draft
{
    public required Observation Seen { get; init; }
    public required EffectiveSchedule Schedule { get; init; }
    public required Frequencies Frequencies { get; init; }
    public required IntegrationStatus Status { get; init; }
    public ImmutableList<Decision> Steps { get; init; } = [];
    public ImmutableList<EventNote> Notes { get; init; } = [];

    /// <summary>What keeps syncs from starting; null if nothing does.</summary>
    public Obstacle? Obstacle { get; init; }

    /// <summary>Types that are due or asked for and wait for capacity, and since when.</summary>
    public ImmutableSortedDictionary<SyncType, DateTimeOffset> WaitingForCapacity { get; init; } =
        ImmutableSortedDictionary<SyncType, DateTimeOffset>.Empty;

    /// <summary>Types whose run is over, but whose outcome cannot be known before the database is back.</summary>
    public ImmutableHashSet<SyncType> Unresolved { get; init; } = [];

    public DateTimeOffset Now => Seen.Now;

    public ObservedIntegration Integration => Seen.Integration;

    public static Draft Of(Observation seen) => new()
    {
        Seen = seen,
        Schedule = EffectiveSchedule.Of(seen.Schedule.Spec),
        Frequencies = Frequencies.Of(seen),
        Status = seen.Integration.Status with { Progress = null },
    };

    public ClockStatus Clock(SyncType type) =>
        Of(Status, type) ?? new ClockStatus();

    /// <summary>Null where nothing is known yet.</summary>
    public static ClockStatus? Of(IntegrationStatus status, SyncType type) => type switch
    {
        SyncType.Delta => status.Delta,
        SyncType.Purge => status.Purge,
        SyncType.Webhook => status.Webhook,
        _ => status.Full,
    };

    public Draft WithClock(SyncType type, ClockStatus clock) => this with
    {
        Status = type switch
        {
            SyncType.Delta => Status with { Delta = OrNull(clock) },
            SyncType.Purge => Status with { Purge = OrNull(clock) },
            SyncType.Webhook => Status with { Webhook = OrNull(clock) },
            _ => Status with { Full = OrNull(clock) },
        },
    };

    public ActiveRun? Active(SyncType type) => Status.Active?[type];

    public Draft WithActive(SyncType type, ActiveRun? run)
    {
        var active = (Status.Active ?? new(null, null)).With(type, run);
        return this with { Status = Status with { Active = SyncTypeRules.All.All(one => active[one] is null) ? null : active } };
    }

    /// <summary>A Job of the type is there that has not ended, known to status or not.</summary>
    public bool IsBusy(SyncType type) =>
        Active(type) is not null || Seen.Jobs.Any(job => job.Type == type && job.Succeeded is null);

    public bool HasEverSynced => Clock(SyncType.Full).LastSyncTime is not null;

    /// <summary>A run of the type is to begin and there is no room for it.</summary>
    public Draft WaitForCapacity(SyncType type, DateTimeOffset since) =>
        this with { WaitingForCapacity = WaitingForCapacity.SetItem(type, since) };

    public Draft Do(Decision step) => this with { Steps = Steps.Add(step) };

    public Draft Note(bool warning, string reason, string action, string text) =>
        this with { Notes = Notes.Add(new EventNote(warning, reason, action, Texts.Limited(text, 1024))) };

    static ClockStatus? OrNull(ClockStatus clock) => clock == new ClockStatus() ? null : clock;
}
