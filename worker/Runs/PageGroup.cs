using System.Collections.Immutable;
using Kombo.Connectors;
using Kombo.Core.Records;

namespace Kombo.Worker.Runs;

/// <summary>Pages that arrived one after the other and are written together. Disposing it disposes them.</summary>
internal sealed class PageGroup(ImmutableArray<SourcePage> pages) : IDisposable
{
    public int Pages => pages.Length;

    public ImmutableArray<RecordBatch> Batches { get; } = [.. pages.SelectMany(page => page.Batches).Where(batch => batch.Count > 0)];

    public ImmutableArray<RecordError> Errors { get; } = [.. pages.SelectMany(page => page.Errors)];

    public int Read => pages.Sum(page => page.Read);

    public bool IsLast => pages[^1].IsLast;

    public string? NextPageToken => pages[^1].NextPageToken;

    public string? Watermark => pages[^1].Watermark;

    public string? Incomplete => pages[^1].Incomplete; // once said, it is said on each page

    public long? Total => pages[^1].Total;

    /// <summary>Of the first: data of the later ones may be newer than said, never older.</summary>
    public long RequestedAt => pages[0].RequestedAt;

    public void Dispose()
    {
        foreach (var page in pages)
            page.Dispose();
    }
}
