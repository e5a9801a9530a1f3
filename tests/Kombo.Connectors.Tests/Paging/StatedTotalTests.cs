using Kombo.Connectors.Paging;

namespace Kombo.Connectors.Tests.Paging;

/// <summary>A source that says how many records it holds, and lists another number.</summary>
public sealed class StatedTotalTests
{
    const string Changed = "the source said 3 and 4 records while its list was read, so that some may have been passed over";

    [Theory]
    [InlineData("as many as said", "3 3", 3, true, "unstable", null)]
    [InlineData("nothing is judged before the end", "3 3", 2, false, "unstable", null)]
    [InlineData("fewer than said", "4 4", 3, true, "unstable", "the source says that it holds 4 records and listed 3")]
    [InlineData("fewer than said, by a cursor", "4 4", 3, true, "stable", "the source says that it holds 4 records and listed 3")]
    [InlineData("more than said", "3 3", 4, true, "unstable", "the source says that it holds 3 records and listed 4")]
    [InlineData("more than said, by a cursor: they came meanwhile", "3 3", 4, true, "stable", null)]
    [InlineData("the number grew", "3 4", 4, true, "unstable", Changed)]
    [InlineData("the number shrank", "4 3", 3, true, "unstable", Changed)]
    [InlineData("the number changed before the end", "3 4", 2, false, "unstable", Changed)]
    [InlineData("the number changed and changed back", "3 4 3", 3, true, "unstable", Changed)]
    [InlineData("the number grew, by a cursor", "3 4", 3, true, "stable", null)]
    [InlineData("a page says nothing", "3 - 3", 3, true, "unstable", null)]
    [InlineData("no page says anything", "- -", 3, true, "unstable", null)]
    [InlineData("none", "0", 0, true, "unstable", null)]
    public void A_list_is_whole_if_what_came_is_what_was_said(
        string rule, string said, long rows, bool isLast, string paging, string? doubt)
    {
        var total = said.Split(' ').Aggregate((StatedTotal?)null, (before, page) =>
            StatedTotal.After(before, page == "-" ? null : long.Parse(page, System.Globalization.CultureInfo.InvariantCulture)));

        total?.Doubt(rows, isLast, paging == "stable").ShouldBe(doubt, rule);
    }

    static readonly TestDefinition ByOffset = new()
    {
        Model = "total: \"{{ response.total }}\"",
        Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: cursor}, "
            + "pagination_strategy: {type: CursorPagination, cursor_value: \"{{ response.next }}\"}}",
    };

    [Theory]
    [InlineData(2, 2, "", null)]
    [InlineData(3, 3, "", "the source says that it holds 3 records and listed 2")]
    [InlineData(2, 3, "", "the source said 2 and 3 records while its list was read, so that some may have been passed over")]
    [InlineData(2, 3, "paging: stable", null)]
    public async Task A_list_of_another_length_than_said_is_incomplete(int first, int second, string paging, string? incomplete)
    {
        await using var source = await SourceAsync(first, second);
        await using var session = TestSession.Open((ByOffset with { Model = $"{ByOffset.Model}\n    {paging}" }).Load(), source.Url);
        var result = await session.ReadAllAsync();
        result.Ids.ShouldBe("1 2");
        result.Incomplete.ShouldBe(incomplete);
    }

    [Fact]
    public async Task A_read_that_goes_on_remembers_what_the_source_said_before()
    {
        await using var source = await SourceAsync(first: 3, second: 2);
        string? token = null;
        await using (var first = TestSession.Open(ByOffset.Load(), source.Url))
            await foreach (var page in first.ReadAsync())
                using (page)
                {
                    token = page.NextPageToken;
                    break;
                }

        await using var second = TestSession.Open(ByOffset.Load(), source.Url);
        (await second.ReadAllAsync(from: new ReadFrom(null, token))).Incomplete
            .ShouldBe("the source said 2 and 3 records while its list was read, so that some may have been passed over");
    }

    static Task<TestSource> SourceAsync(int first, int second) => TestSource.AnsweringAsync(
        TestSource.Json($$"""{"data":[{"id":1}],"next":"c","total":{{first}}}"""),
        TestSource.Json($$"""{"data":[{"id":2}],"total":{{second}}}"""));
}
