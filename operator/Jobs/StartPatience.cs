using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Operator.Jobs;

/// <summary>How long the pod of a Job may take to come and to start, before that needs an explanation. Pure.</summary>
/// <param name="Now">By the operator's clock.</param>
public sealed record StartPatience(DateTimeOffset Now, TimeSpan Longest)
{
    /// <summary>Of the Integration: the operator's own word on when a run began, and its worker's.</summary>
    public IntegrationStatus? Status { get; init; }

    /// <summary>When the run began by the operator's clock; null where that is not known.</summary>
    DateTimeOffset? Began { get; init; }

    /// <summary>Its worker has reported, so that a pod of it has run.</summary>
    public bool HasReported { get; private init; }

    /// <summary>For a run.</summary>
    public StartPatience Of(SyncType type, string runId) => this with
    {
        Began = Status?.Active?[type] is { } run && run.RunId == runId ? run.StartTime : null,
        HasReported = Status?.Progress?[type]?.RunId == runId,
    };

    /// <summary>For a Job that has ended, which may be looked at long after.</summary>
    public StartPatience At(DateTimeOffset? end) => end is { } at ? this with { Now = at } : this;

    /// <summary>When what has been there since then should have got on. The times of the API server may be ahead of the
    /// operator's or behind: no time from before the run began counts.</summary>
    public DateTimeOffset? EndsAt(DateTimeOffset? since) =>
        (Began > since && Began <= Now ? Began : since) + Longest;

    public bool IsOver(DateTimeOffset? since) => EndsAt(since) <= Now;
}
