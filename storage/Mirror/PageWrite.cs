using System.Collections.Immutable;
using Kombo.Core.Records;

namespace Kombo.Storage.Mirror;

/// <summary>One page of a stream, or several that have arrived and are written together. A stream that could not be read
/// at all is written as an empty last page with <see cref="Incomplete"/>.</summary>
public sealed record PageWrite
{
    public required string Stream { get; init; }

    /// <summary>In the order they arrived; several of one model are allowed. Not disposed by the writer.</summary>
    public ImmutableArray<RecordBatch> Batches { get; init; } = [];

    public ImmutableArray<RecordError> Errors { get; init; } = [];

    /// <summary>Source records in these pages, the ones with errors too.</summary>
    public int Read { get; init; }

    /// <summary>How many pages of the source these are.</summary>
    public int Pages { get; init; } = 1;

    /// <summary>Where to go on after these pages; null on the last.</summary>
    public string? NextPageToken { get; init; }

    /// <summary>The stream is read to its end.</summary>
    public bool IsLast { get; init; }

    /// <summary>On the last page: where the next delta read begins; saved only if the stream is complete, never backwards.</summary>
    public string? Watermark { get; init; }

    /// <summary>Why the stream cannot count as completely read; stays with the stream.</summary>
    public string? Incomplete { get; init; }

    /// <summary>When the oldest of these pages was requested, by the clock of <see cref="KomboDatabase.RequestClockAsync"/>.</summary>
    public required DateTimeOffset RequestedAt { get; init; }
}
