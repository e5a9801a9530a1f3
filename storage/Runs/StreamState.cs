using Kombo.Core.Runs;

namespace Kombo.Storage.Runs;

public enum StreamProgress
{
    /// <summary>No page of it is committed.</summary>
    Pending,

    /// <summary>Some pages are committed; <see cref="StreamState.PageToken"/> says where it goes on.</summary>
    Running,

    /// <summary>Read to the end, and nothing was skipped.</summary>
    Complete,

    /// <summary>Read as far as possible; why not further, or what was skipped, is in <see cref="StreamState.Reason"/>.</summary>
    Incomplete,
}

/// <summary>How far a run has read a stream; adopted from the attempt before, or from the unfinished run before.</summary>
public sealed record StreamState(string Stream, StreamProgress State)
{
    /// <summary>Read on from here; null: from the first page.</summary>
    public string? PageToken { get; init; }

    /// <summary>Where a delta read of this stream begins: what the last finished read of it left; null where there is
    /// none. It stays the same for the whole run, so that page tokens stay valid.</summary>
    public string? Watermark { get; init; }

    /// <summary>Of the committed pages.</summary>
    public RunCounts Counts { get; init; } = new();

    /// <summary>Committed so far.</summary>
    public int Pages { get; init; }

    /// <summary>Why it is incomplete, in words.</summary>
    public string? Reason { get; init; }
}
