using Kombo.Connectors;
using Kombo.Core.Ids;
using Kombo.Core.Models;
using Kombo.Core.Records;
using Kombo.Testing;
using Kombo.Worker.Runs;

namespace Kombo.Worker.Tests.Runs;

public sealed class ReadAheadTests
{
    static readonly Model Teams = ModelCatalog.Default.Get("hris_teams");
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    static readonly Joining Joining = new(1000, TimeProvider.System);

    int fetched;
    long ticksApart = 1;
    TaskCompletionSource hold = Released();

    [Fact]
    public async Task The_next_page_is_fetched_while_one_is_written_and_no_further()
    {
        await using var ahead = Read(Pages(1000, 1000, 1000, 1000));
        using var first = await ahead.NextAsync(default);
        await Eventually.BecomesAsync(() => fetched == 2, Soon);
        fetched.ShouldBe(2);
        using var second = await ahead.NextAsync(default);
        await Eventually.BecomesAsync(() => fetched == 3, Soon);
    }

    [Fact]
    public async Task Small_pages_that_have_arrived_are_joined()
    {
        await using var ahead = Read(Pages(400, 400, 400, 400));
        await Eventually.BecomesAsync(() => fetched == 3, Soon); // 1,200 wait: no more is asked for
        using var joined = (await ahead.NextAsync(default)).ShouldNotBeNull();
        joined.Pages.ShouldBe(2);
        joined.Read.ShouldBe(800);
        joined.NextPageToken.ShouldBe("after 2");
        joined.RequestedAt.ShouldBe(1);
        using var rest = (await ahead.NextAsync(default)).ShouldNotBeNull();
        rest.NextPageToken.ShouldNotBe("after 2");
    }

    [Fact]
    public async Task Pages_that_were_asked_for_more_than_a_second_apart_are_not_joined()
    {
        ticksApart = TimeProvider.System.TimestampFrequency * 4 / 10;
        await using var ahead = Read(Pages(1, 1, 1, 1, 1));
        await Eventually.BecomesAsync(() => fetched == 5, Soon);

        using var first = (await ahead.NextAsync(default)).ShouldNotBeNull();
        using var second = (await ahead.NextAsync(default)).ShouldNotBeNull();

        (first.NextPageToken, first.RequestedAt).ShouldBe(("after 3", ticksApart));
        (second.IsLast, second.RequestedAt).ShouldBe((true, 4 * ticksApart), "what others asked for in between is newer than the first");
    }

    [Fact]
    public async Task A_page_never_waits_for_one_that_has_not_arrived()
    {
        hold = new();
        await using var ahead = Read(Pages(10, 10), holdAfter: 1);
        using var first = (await ahead.NextAsync(default)).ShouldNotBeNull();
        first.Pages.ShouldBe(1);
        hold.SetResult();
        using var last = (await ahead.NextAsync(default)).ShouldNotBeNull();
        last.IsLast.ShouldBeTrue();
        (await ahead.NextAsync(default)).ShouldBeNull();
    }

    [Fact]
    public async Task After_the_last_page_nothing_is_waited_for()
    {
        hold = new(); // never released
        await using var ahead = Read(Pages(10), holdAfter: 1);
        using var only = (await ahead.NextAsync(default).WaitAsync(Soon)).ShouldNotBeNull();
        (await ahead.NextAsync(default).WaitAsync(Soon)).ShouldBeNull();
    }

    [Fact]
    public async Task What_arrived_before_a_failure_comes_before_it()
    {
        await using var ahead = Read(Pages(10, -1));
        (await ahead.NextAsync(default)).ShouldNotBeNull().Dispose();
        await Should.ThrowAsync<SourceException>(() => ahead.NextAsync(default));
    }

    [Fact]
    public async Task Pages_without_records_are_bounded_too()
    {
        await using var ahead = Read(Pages(new int[5000]));
        await Eventually.BecomesAsync(() => fetched == 1000, Soon);
        using var group = await ahead.NextAsync(default);
        group.ShouldNotBeNull().Pages.ShouldBe(1000);
    }

    [Fact]
    public async Task Large_records_are_bounded_by_their_bytes()
    {
        await using var ahead = Read(Pages(bytes: 3_000_000, [1, 1, 1, 1, 1, 1]));
        await Eventually.BecomesAsync(() => fetched == 3, Soon); // 9 MB wait: no more is asked for
        using var group = (await ahead.NextAsync(default)).ShouldNotBeNull();
        group.Pages.ShouldBe(2);
    }

    [Fact]
    public async Task Stopping_ends_the_fetching()
    {
        using var stop = new CancellationTokenSource();
        hold = new();
        await using var ahead = Read(Pages(10, 10), holdAfter: 1, stop.Token);
        (await ahead.NextAsync(default)).ShouldNotBeNull().Dispose();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => ahead.NextAsync(default));
    }

    static ReadAhead Read(IAsyncEnumerable<SourcePage> pages, CancellationToken cancellationToken = default) =>
        new(pages, _ => Task.CompletedTask, Joining, cancellationToken);

    ReadAhead Read(IAsyncEnumerable<SourcePage> pages, int holdAfter, CancellationToken cancellationToken = default) => new(
        pages, token => fetched >= holdAfter ? hold.Task.WaitAsync(token) : Task.CompletedTask, Joining, cancellationToken);

    IAsyncEnumerable<SourcePage> Pages(params int[] sizes) => Pages(0, sizes);

    async IAsyncEnumerable<SourcePage> Pages(int bytes, int[] sizes)
    {
        foreach (var size in sizes)
        {
            await Task.Yield();
            if (size < 0)
                throw new SourceException(SourceFailure.Unavailable, "GET /list was answered with 500");
            fetched++;
            yield return new SourcePage
            {
                Batches = bytes == 0 ? [] : [Batch(bytes)],
                Read = size,
                IsLast = fetched == sizes.Length,
                NextPageToken = fetched == sizes.Length ? null : $"after {fetched}",
                RequestedAt = fetched * ticksApart,
            };
        }
    }

    static RecordBatch Batch(int bytes)
    {
        using var builder = new RecordBatchBuilder(Teams, new RecordIds("sandbox:x", Teams.Name));
        builder.Begin();
        foreach (var _ in Teams.Fields)
            builder.Values.WriteNull();
        builder.Commit("t", new byte[bytes]);
        return builder.Build();
    }

    static TaskCompletionSource Released()
    {
        var released = new TaskCompletionSource();
        released.SetResult();
        return released;
    }
}
