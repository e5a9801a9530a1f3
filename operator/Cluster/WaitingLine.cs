using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Kubernetes;

namespace Kombo.Operator.Cluster;

/// <summary>A run that waits, or wants to begin.</summary>
/// <param name="Since">When it was due.</param>
readonly record struct Place(NamespacedName Integration, string Schedule, SyncType Type, DateTimeOffset Since);

/// <summary>The runs that wait for room, the most overdue first. Not safe for several callers at once.</summary>
sealed class WaitingLine(TimeProvider clock)
{
    // Whoever was woken and does not begin has another reason not to, and lets the others pass.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    static readonly Comparer<Place> MostOverdueFirst = Comparer<Place>.Create((one, other) =>
        one.Since != other.Since
            ? one.Since.CompareTo(other.Since)
            : string.CompareOrdinal(one.Integration.ToString(), other.Integration.ToString()));

    readonly Dictionary<(NamespacedName Integration, SyncType Type), Place> places = [];
    readonly Dictionary<(NamespacedName Integration, SyncType Type), long> woken = [];
    readonly Dictionary<(string Schedule, SyncType Type), SortedSet<Place>> lines = [];

    /// <summary>Those with somebody waiting.</summary>
    public IEnumerable<string> Schedules => lines.Keys.Select(key => key.Schedule).Distinct();

    /// <summary>What an Integration waits for now, as just decided. Its place is kept while it waits.</summary>
    public void Update(NamespacedName integration, string schedule, ImmutableArray<WaitingSync> waiting)
    {
        foreach (var type in SyncTypeRules.All)
            if (waiting.FirstOrDefault(sync => sync.Type == type) is not { } sync)
                Remove(integration, type);
            else if (!places.TryGetValue((integration, type), out var place) || place.Schedule != schedule
                || sync.Since < place.Since)
                Add(new(integration, schedule, type, sync.Since));
            else
                woken.Remove((integration, type)); // it was looked at and is to wait on
    }

    /// <summary>How many of the same schedule and type are before it; counted no further than asked.</summary>
    public int CountBefore(Place place, int most)
    {
        if (most <= 0 || !lines.TryGetValue((place.Schedule, place.Type), out var line))
            return 0;
        place = places.GetValueOrDefault((place.Integration, place.Type), place) with { Schedule = place.Schedule };
        return line.TakeWhile(other => MostOverdueFirst.Compare(other, place) < 0)
            .Where(IsWaitedFor).Take(most).Count();
    }

    /// <summary>Those that there is room for and that were not woken yet.</summary>
    /// <param name="all">Room over all schedules.</param>
    /// <param name="of">Room of a schedule.</param>
    public List<Place> Take(Func<SyncType, int> all, Func<string, SyncType, int> of)
    {
        List<Place> taken = [];
        foreach (var group in lines.GroupBy(line => line.Key.Type))
            taken.AddRange(group
                .SelectMany(line => line.Value.Where(IsWaitedFor).Take(of(line.Key.Schedule, group.Key)))
                .Order(MostOverdueFirst).Take(all(group.Key)).Where(place => !IsWoken(place)).ToList());
        foreach (var place in taken)
            woken[(place.Integration, place.Type)] = clock.GetTimestamp();
        return taken;
    }

    bool IsWoken(Place place) => woken.ContainsKey((place.Integration, place.Type));

    bool IsWaitedFor(Place place) =>
        !woken.TryGetValue((place.Integration, place.Type), out var at) || clock.GetElapsedTime(at) < Patience;

    void Add(Place place)
    {
        Remove(place.Integration, place.Type);
        places[(place.Integration, place.Type)] = place;
        if (!lines.TryGetValue((place.Schedule, place.Type), out var line))
            lines[(place.Schedule, place.Type)] = line = new(MostOverdueFirst);
        line.Add(place);
    }

    void Remove(NamespacedName integration, SyncType type)
    {
        woken.Remove((integration, type));
        if (!places.Remove((integration, type), out var place)
            || !lines.TryGetValue((place.Schedule, type), out var line))
            return;
        line.Remove(place);
        if (line.Count == 0)
            lines.Remove((place.Schedule, type));
    }
}
