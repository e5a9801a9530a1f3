using Kombo.Core.Planning;

namespace Kombo.Operator;

/// <summary>When to look again although nothing changes that is watched. Pure.</summary>
static class Requeue
{
    // Whatever a plan says, an Integration is never looked at again and again without a pause.
    static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    // ConfigMaps are not watched: one that does not load is read again after this time.
    static readonly TimeSpan ConfigMapRecheck = TimeSpan.FromSeconds(30);

    /// <param name="now">When the reconcile ends, which may be long after what was seen.</param>
    public static TimeSpan After(Plan plan, Observation seen, TimeSpan resync, DateTimeOffset now)
    {
        var wake = plan.WakeAt is { } at ? at - now : resync;
        if (seen.Integration.Spec.ConnectorFrom is not null && seen.Problems.Any(problem => problem.NeedsEdit))
            wake = Shorter(wake, ConfigMapRecheck);
        wake = Shorter(wake, resync);
        return wake < Least ? Least : wake;
    }

    static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
