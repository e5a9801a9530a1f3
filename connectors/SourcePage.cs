using System.Collections.Immutable;
using Kombo.Core.Records;

namespace Kombo.Connectors;

/// <summary>One answer of the source, mapped and scoped. Disposing it returns the batches' buffers.</summary>
public sealed class SourcePage : IDisposable
{
    /// <summary>One batch per model in scope, also empty ones, in the stream's order of models.</summary>
    public required ImmutableArray<RecordBatch> Batches { get; init; }

    /// <summary>Records that cannot be stored; the others can.</summary>
    public ImmutableArray<RecordError> Errors { get; init; } = [];

    /// <summary>Records of the source on this page.</summary>
    public required int Read { get; init; }

    public required bool IsLast { get; init; }

    /// <summary>Opaque: reading goes on here after this page. Null on the last page.</summary>
    public string? NextPageToken { get; init; }

    /// <summary>On the last page of a stream with a cursor: what the next delta starts from, look-back applied already.
    /// Null where no record told a change time.</summary>
    public string? Watermark { get; init; }

    /// <summary>Why what was read so far is not everything, in words; null while it is. Says so on each page after the cause.</summary>
    public string? Incomplete { get; init; }

    /// <summary>Records in the whole list as far as the source tells.</summary>
    public long? Total { get; init; }

    /// <summary><see cref="TimeProvider.GetTimestamp"/> of the session's clock just before the request was sent.</summary>
    public required long RequestedAt { get; init; }

    public void Dispose()
    {
        foreach (var batch in Batches)
            batch.Dispose();
    }
}
