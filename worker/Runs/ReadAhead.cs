using System.Collections.Immutable;
using System.Threading.Channels;
using Kombo.Connectors;

namespace Kombo.Worker.Runs;

/// <summary>Fetches the next pages while the caller writes the ones before. What waits is bounded: one page, or small ones
/// up to the number of records that are written together, and fewer where they are large.</summary>
internal sealed class ReadAhead : IAsyncDisposable
{
    // A record that takes more counts as several: what waits, and what one transaction writes, is bounded in bytes too.
    const int BytesOfRecord = 8 * 1024;

    readonly Joining joining;
    readonly CancellationTokenSource ended;
    readonly Channel<SourcePage> arrived = Channel.CreateUnbounded<SourcePage>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    readonly SemaphoreSlim taken = new(0);
    readonly Task fetching;
    int waitingRecords;

    /// <param name="beforePage">Awaited before each request; may hold it back.</param>
    public ReadAhead(
        IAsyncEnumerable<SourcePage> pages, Func<CancellationToken, Task> beforePage, Joining joining, CancellationToken cancellationToken)
    {
        this.joining = joining;
        ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        fetching = FetchAsync(pages, beforePage, ended.Token);
    }

    /// <summary>What has arrived, joined; waits only if nothing has. Pages that arrived before a failure come before it.</summary>
    /// <returns>Null at the end.</returns>
    public async Task<PageGroup?> NextAsync(CancellationToken cancellationToken)
    {
        if (!await arrived.Reader.WaitToReadAsync(cancellationToken))
            return null;
        var group = ImmutableArray.CreateBuilder<SourcePage>();
        var records = 0;
        while (arrived.Reader.TryPeek(out var next) && (group.Count == 0 || Joins(group[0], next, records))
            && arrived.Reader.TryRead(out next))
        {
            group.Add(next);
            records += Weight(next);
        }

        Interlocked.Add(ref waitingRecords, -records);
        taken.Release();
        return new PageGroup(group.DrainToImmutable());
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await fetching;
        while (arrived.Reader.TryRead(out var page))
            page.Dispose();
        ended.Dispose();
        taken.Dispose();
    }

    async Task FetchAsync(IAsyncEnumerable<SourcePage> pages, Func<CancellationToken, Task> beforePage, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            await Task.Yield(); // the constructor does not send the first request
            await using var source = pages.GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                await beforePage(cancellationToken);
                if (!await source.MoveNextAsync())
                    break;
                var (page, isLast) = (source.Current, source.Current.IsLast); // whoever takes the page disposes it
                Interlocked.Add(ref waitingRecords, Weight(page));
                arrived.Writer.TryWrite(page);
                if (isLast)
                    break;
                while (Volatile.Read(ref waitingRecords) >= joining.Records)
                    await taken.WaitAsync(cancellationToken);
            }
        }
        catch (Exception thrown) // whatever it is: it is thrown again where the pages are taken
        {
            failure = thrown;
        }

        arrived.Writer.TryComplete(failure);
    }

    bool Joins(SourcePage first, SourcePage next, int records) =>
        records + Weight(next) <= joining.Records
        && joining.Clock.GetElapsedTime(first.RequestedAt, next.RequestedAt) <= Joining.LongestSpan;

    // An empty page counts too, or a source without end would fill the memory.
    static int Weight(SourcePage page) =>
        (int)Math.Max(Math.Max(1, page.Read), page.Batches.Sum(batch => (long)batch.Size) / BytesOfRecord);
}

/// <summary>Which pages are written together.</summary>
/// <param name="Records">At most so many, or one page.</param>
/// <param name="Clock">Of the pages' timestamps.</param>
internal sealed record Joining(int Records, TimeProvider Clock)
{
    /// <summary>Between the requests of pages that are joined. They are all taken for as old as the first, and what others
    /// asked for in between is taken for newer.</summary>
    public static TimeSpan LongestSpan { get; } = TimeSpan.FromSeconds(1);
}
