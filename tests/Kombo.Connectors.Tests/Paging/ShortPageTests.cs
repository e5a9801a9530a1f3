using Microsoft.AspNetCore.Http;

namespace Kombo.Connectors.Tests.Paging;

/// <summary>Page numbers and offsets tell no end. A page with fewer rows than were asked for may be one, or come from a source
/// that sends fewer than it is asked for or leaves rows out after it has cut the page.</summary>
public sealed class ShortPageTests
{
    const string Option = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: at}, "
        + "page_size_option: {type: RequestOption, inject_into: request_parameter, field_name: size}, pagination_strategy: ";

    static readonly TestDefinition Numbered = new() { Paginator = Option + "{type: PageIncrement, page_size: 5}}" };
    static readonly TestDefinition ByOffset = new() { Paginator = Option + "{type: OffsetIncrement, page_size: 5}}" };

    static int At(HttpContext context) => context.Request.Query.TryGetValue("at", out var at) ? int.Parse(at!) : 0;

    static string List(params int[] ids) => $"[{string.Join(',', ids.Select(id => $$"""{"id":{{id}} }"""))}]";

    static string Page(int number, params int[] ids) => $$"""{"page":{{number}},"data":{{List(ids)}} }""";

    static async Task<(ReadResult Result, string Asked)> ReadAsync(TestDefinition definition, Func<HttpContext, Task> answer)
    {
        await using var source = await TestSource.StartAsync(answer);
        await using var session = TestSession.Open(definition.Load(), source.Url);
        return (await session.ReadAllAsync(), string.Join(' ', source.Asked));
    }

    static void ShouldBeWhole(ReadResult result, string ids) => result.ShouldSatisfyAllConditions(
        all => all.Ids.ShouldBe(ids),
        all => all.Incomplete.ShouldBeNull(),
        all => all.Tokens[^1].ShouldBeNull());

    [Fact]
    public async Task A_source_that_sends_fewer_than_it_is_asked_for_is_read_to_its_end_by_offset()
    {
        var (result, asked) = await ReadAsync(ByOffset, context => TestSource.Json(
            Page(0, [.. Enumerable.Range(1, 7).Skip(At(context)).Take(3)]))(context));
        ShouldBeWhole(result, "1 2 3 4 5 6 7");
        asked.ShouldBe("/teams?size=5 /teams?size=5&at=3 /teams?size=5&at=6 /teams?size=5&at=7");
    }

    [Fact]
    public async Task A_source_that_leaves_rows_out_after_cutting_the_page_is_read_to_its_end_by_number()
    {
        int[][] pages = [[1, 2, 3, 4, 5], [6, 7], [11, 12, 13, 14, 15], [16], []];
        var (result, _) = await ReadAsync(Numbered, context => TestSource.Json(Page(At(context), pages[At(context)]))(context));
        ShouldBeWhole(result, "1 2 3 4 5 6 7 11 12 13 14 15 16");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(416)]
    public async Task A_page_that_is_not_found_after_a_short_one_is_the_end(int status)
    {
        var (result, asked) = await ReadAsync(Numbered, context => At(context) == 0
            ? TestSource.Json(Page(0, 1, 2))(context) : TestSource.Status(status)(context));
        ShouldBeWhole(result, "1 2");
        asked.ShouldBe("/teams?size=5 /teams?size=5&at=1");
    }

    [Theory]
    [InlineData(400)]
    [InlineData(422)]
    public async Task One_that_is_refused_in_other_words_may_be_the_end_or_a_limit(int status)
    {
        var (result, _) = await ReadAsync(Numbered, context => At(context) == 0
            ? TestSource.Json(Page(0, 1, 2))(context) : TestSource.Status(status)(context));
        result.Incomplete.ShouldNotBeNull().ShouldContain($"page 2 was refused with {status}");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(422)]
    public async Task One_whose_refusal_the_definition_ignores_is_the_end(int status)
    {
        var ignoring = Numbered with { Requester = $"error_handler: {{response_filters: [{{http_codes: [{status}], action: IGNORE}}]}}" };
        var (result, _) = await ReadAsync(ignoring, context => At(context) == 0
            ? TestSource.Json(Page(0, 1, 2))(context) : TestSource.Status(status)(context));
        ShouldBeWhole(result, "1 2");
    }

    [Theory]
    [InlineData(404, "1 2 3 4 5", SourceFailure.NotFound)]
    [InlineData(403, "1 2", SourceFailure.Forbidden)]
    [InlineData(500, "1 2", SourceFailure.Unavailable)]
    public async Task Another_refusal_or_one_after_a_full_page_is_a_failure(int status, string first, SourceFailure kind)
    {
        var error = await Should.ThrowAsync<SourceException>(() => ReadAsync(Numbered, context => At(context) == 0
            ? TestSource.Json(Page(0, [.. first.Split(' ').Select(int.Parse)]))(context) : TestSource.Status(status)(context)));
        error.Kind.ShouldBe(kind);
    }

    [Fact]
    public async Task A_source_that_sends_its_last_page_again_beyond_the_end_is_done()
    {
        var (result, _) = await ReadAsync(Numbered, context => TestSource.Json(
            At(context) == 0 ? Page(0, 1, 2, 3, 4, 5) : Page(At(context), 6))(context));
        ShouldBeWhole(result, "1 2 3 4 5 6");
    }

    [Fact]
    public async Task So_is_one_that_starts_again_from_its_first_page()
    {
        var (result, _) = await ReadAsync(Numbered, context => TestSource.Json(
            At(context) % 2 == 0 ? Page(At(context), 1, 2, 3, 4, 5) : Page(At(context), 6))(context));
        ShouldBeWhole(result, "1 2 3 4 5 6");
    }

    [Theory]
    [InlineData(2, "/teams?size=5", null)]
    [InlineData(3, "/teams?size=5 /teams?size=5&at=1", "the source says that it holds 3 records and listed 2")]
    public async Task A_stated_total_that_is_reached_spares_the_last_question(int total, string expected, string? missing)
    {
        var counted = Numbered with { Model = "total: \"{{ response.total }}\"" };
        var (result, asked) = await ReadAsync(counted, context => TestSource.Json(
            $$"""{"total":{{total}},"data":{{(At(context) == 0 ? List(1, 2) : "[]")}} }""")(context));
        asked.ShouldBe(expected);
        result.Incomplete.ShouldBe(missing);
    }

    [Fact]
    public async Task A_page_without_a_list_after_a_short_one_may_hide_the_rest()
    {
        var (result, _) = await ReadAsync(Numbered, context => TestSource.Json(
            At(context) == 0 ? Page(0, 1, 2) : """{"message":"try later"}""")(context));
        result.Ids.ShouldBe("1 2");
        result.Incomplete.ShouldBe("the page after a short one has no list at data, so that there may be more: map total in the definition");
    }

    [Fact]
    public async Task A_read_that_goes_on_after_a_short_page_knows_that_it_may_be_over()
    {
        await using var source = await TestSource.StartAsync(context => TestSource.Json(
            At(context) == 0 ? Page(0, 1, 2) : Page(1, 1, 2))(context));
        string? token = null;
        await using (var first = TestSession.Open(Numbered.Load(), source.Url))
            await foreach (var page in first.ReadAsync())
                using (page)
                {
                    token = page.NextPageToken;
                    break;
                }

        await using var second = TestSession.Open(Numbered.Load(), source.Url);
        ShouldBeWhole(await second.ReadAllAsync(from: new ReadFrom(null, token)), "");
    }
}
