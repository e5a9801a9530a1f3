using System.Globalization;
using Kombo.Core.Runs;

namespace Kombo.Connectors.Tests.Paging;

/// <summary>A list in the order of change that moves while it is read: what changes goes to its end, and the row behind slips
/// over the edge of the page that was just read.</summary>
public sealed class SlippingTests
{
    const string ByOffset = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: at}, "
        + "page_size_option: {type: RequestOption, inject_into: request_parameter, field_name: size}, "
        + "pagination_strategy: {type: OffsetIncrement, page_size: 2}}";

    const string Cursor = "{type: DatetimeBasedCursor, cursor_field: at, datetime_format: '%Y-%m-%dT%H:%M:%SZ', "
        + "start_time_option: {type: RequestOption, inject_into: request_parameter, field_name: since}}";

    readonly Dictionary<int, int> changedAt = Enumerable.Range(1, 4).ToDictionary(id => id, id => id); // minutes after eight
    readonly List<int> duringTheRead = [];

    static string Time(int minute) => string.Create(CultureInfo.InvariantCulture, $"2026-01-05T08:{minute:00}:00Z");

    // A row that is to change during the read changes once the first page has been sent.
    Func<Microsoft.AspNetCore.Http.HttpContext, Task> Changes => context =>
    {
        var query = context.Request.Query;
        var (skip, since) = (query.TryGetValue("at", out var at) ? int.Parse(at!) : 0, query["since"].ToString());
        var rows = changedAt.OrderBy(row => row.Value).Where(row => string.CompareOrdinal(Time(row.Value), since) >= 0).Skip(skip).Take(2)
            .Select(row => $$"""{"id":{{row.Key}},"at":"{{Time(row.Value)}}"}""").ToArray();
        foreach (var id in duringTheRead)
            changedAt[id] = changedAt.Values.Max() + 1;
        duringTheRead.Clear();
        context.Response.Headers.Date = "Mon, 05 Jan 2026 09:00:00 GMT";
        return TestSource.Json($"{{\"data\":[{string.Join(',', rows)}]}}")(context);
    };

    async Task<ReadResult> ReadAsync(SyncType type, string? watermark, string paging = "")
    {
        var definition = new TestDefinition { Paginator = ByOffset, Cursor = Cursor, Model = $"delta: true\n    {paging}" };
        await using var source = await TestSource.StartAsync(Changes);
        await using var session = TestSession.Open(definition.Load(), source.Url);
        return await session.ReadAllAsync(type, new ReadFrom(watermark, null));
    }

    [Theory]
    [InlineData(SyncType.Delta)]
    [InlineData(SyncType.Full)]
    public async Task What_slipped_over_the_edge_comes_with_the_next_delta(SyncType type)
    {
        duringTheRead.Add(1);
        var first = await ReadAsync(type, Time(0));
        first.Ids.ShouldBe("1 2 4 1", "3 was passed over");

        var second = await ReadAsync(SyncType.Delta, first.Watermark);
        second.RemoteIds.ShouldContain("3");

        var third = await ReadAsync(SyncType.Delta, second.Watermark);
        (await ReadAsync(SyncType.Delta, third.Watermark)).Ids.ShouldBe("1", "the watermark goes on, one delta behind");
    }

    [Fact]
    public async Task Stable_paging_asks_for_each_change_once()
    {
        var first = await ReadAsync(SyncType.Delta, Time(0), "paging: stable");
        first.Watermark.ShouldBe("2026-01-05T08:04:00.0000000Z");
    }

    [Fact]
    public async Task A_first_read_has_nothing_to_stay_behind()
    {
        (await ReadAsync(SyncType.Full, null)).Watermark.ShouldBe("2026-01-05T08:04:00.0000000Z");
    }
}
