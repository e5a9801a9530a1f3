namespace Kombo.Connectors.Tests.Paging;

/// <summary>Reads that stop, go on, or must not go on.</summary>
public sealed class PagingGuardTests
{
    const string Following = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: cursor}, "
        + "pagination_strategy: {type: CursorPagination, cursor_value: \"{{ response.next }}\"}}";

    static string List(IEnumerable<int> ids) => $"[{string.Join(',', ids.Select(id => $$"""{"id":{{id}} }"""))}]";

    [Fact]
    public async Task A_read_goes_on_after_the_page_whose_token_was_kept()
    {
        var definition = new TestDefinition { Paginator = Following };
        await using var source = await TestSource.StartAsync(context => TestSource.Json(
            context.Request.Query.ContainsKey("cursor") ? $$"""{"data":{{List([4])}}}""" : $$"""{"data":{{List([1])}},"next":"c"}""")(context));
        (await GoOnAfterFirstPageAsync(definition, source)).Ids.ShouldBe("4");
        source.Asked.ShouldBe(["/teams", "/teams?cursor=c"]);
    }

    [Fact]
    public async Task A_kept_place_that_the_source_has_forgotten_starts_again_from_the_first_page()
    {
        var definition = new TestDefinition { Paginator = Following };
        await using var source = await TestSource.StartAsync(context => context.Request.Query.ContainsKey("cursor")
            ? TestSource.Status(410)(context)
            : TestSource.Json($$"""{"data":{{List([1])}}}""")(context));
        await using var session = TestSession.Open(definition.Load(), source.Url);
        (await session.ReadAllAsync(from: new ReadFrom(null, """{"text":"old","pages":3}"""))).Ids.ShouldBe("1");
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("[1,2]")]
    [InlineData("""{"pages":"many"}""")]
    [InlineData("""{"text":"old","models":{"hris_teams":[1]}}""")]
    public async Task A_kept_place_that_nobody_can_read_starts_from_the_first_page(string token)
    {
        await using var source = await TestSource.StartAsync(TestSource.Json($$"""{"data":{{List([1])}}}"""));
        await using var session = TestSession.Open(new TestDefinition { Paginator = Following }.Load(), source.Url);
        (await session.ReadAllAsync(from: new ReadFrom(null, token))).Ids.ShouldBe("1");
        source.Asked.ShouldBe(["/teams"]);
    }

    [Fact]
    public async Task A_page_that_is_gone_in_the_middle_ends_the_read()
    {
        await using var source = await TestSource.AnsweringAsync(
            TestSource.Json($$"""{"data":{{List([1])}},"next":"c"}"""), TestSource.Status(404), TestSource.Json($$"""{"data":{{List([1])}}}"""));
        await using var session = TestSession.Open(new TestDefinition { Paginator = Following }.Load(), source.Url);
        (await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync())).Kind.ShouldBe(SourceFailure.NotFound);
    }

    [Fact]
    public async Task A_read_that_goes_on_counts_the_pages_before_towards_the_sources_cap()
    {
        await using var source = await TestSource.AnsweringAsync(
            TestSource.Json($$"""{"data":{{List([1, 2])}},"next":"c"}"""), TestSource.Json($$"""{"data":{{List([3])}}}"""));
        (await GoOnAfterFirstPageAsync(new TestDefinition { Model = "cap: 3", Paginator = Following }, source))
            .Incomplete.ShouldBe("the source lists at most 3 records");
    }

    [Fact]
    public async Task A_read_that_goes_on_notices_that_it_gets_the_page_before_again()
    {
        await using var source = await TestSource.StartAsync(TestSource.Json($$"""{"data":{{List([1])}},"next":"c"}"""));
        (await Should.ThrowAsync<SourceException>(() => GoOnAfterFirstPageAsync(new TestDefinition { Paginator = Following }, source)))
            .Message.ShouldBe("stream \"teams\": the source sends the same page again and again");
    }

    [Fact]
    public async Task The_same_cursor_twice_is_an_error()
    {
        var definition = new TestDefinition { Paginator = Following };
        var count = 0;
        await using var source = await TestSource.StartAsync(context => TestSource.Json($$"""{"data":{{List([++count])}},"next":"{{"ab"[count % 2]}}"}""")(context));
        await using var session = TestSession.Open(definition.Load(), source.Url);
        var error = await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync());
        error.ShouldSatisfyAllConditions(
            () => error.Kind.ShouldBe(SourceFailure.Unreadable),
            () => error.Message.ShouldBe("stream \"teams\": the source leads back to a page that was read already"));
    }

    [Fact]
    public async Task A_source_that_ignores_the_page_number_is_noticed()
    {
        var definition = new TestDefinition
        {
            Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: page}, "
                + "pagination_strategy: {type: PageIncrement}}",
        };
        await using var source = await TestSource.StartAsync(TestSource.Json($$"""{"data":{{List([1, 2])}}}"""));
        await using var session = TestSession.Open(definition.Load(), source.Url);
        (await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync())).Message
            .ShouldBe("stream \"teams\": the source sends the same page again and again");
    }

    [Fact]
    public async Task A_source_without_end_meets_the_page_ceiling()
    {
        var definition = new TestDefinition
        {
            Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: page}, "
                + "pagination_strategy: {type: PageIncrement}}",
            Extra = "limits: {pages: 5}",
        };
        var count = 0;
        await using var source = await TestSource.StartAsync(context => TestSource.Json($$"""{"data":{{List([++count])}}}""")(context));
        await using var session = TestSession.Open(definition.Load(), source.Url);
        (await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync())).Kind.ShouldBe(SourceFailure.Unreadable);
        source.Asked.Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_list_as_long_as_the_sources_cap_is_incomplete()
    {
        var definition = new TestDefinition { Model = "cap: 3" };
        await using var source = await TestSource.StartAsync(TestSource.Json($$"""{"data":{{List([1, 2, 3])}}}"""));
        await using var session = TestSession.Open(definition.Load(), source.Url);
        (await session.ReadAllAsync()).Incomplete.ShouldBe("the source lists at most 3 records");
    }

    static async Task<ReadResult> GoOnAfterFirstPageAsync(TestDefinition definition, TestSource source)
    {
        string? token = null;
        await using (var first = TestSession.Open(definition.Load(), source.Url))
            await foreach (var page in first.ReadAsync())
                using (page)
                {
                    token = page.NextPageToken;
                    break;
                }

        await using var second = TestSession.Open(definition.Load(), source.Url);
        return await second.ReadAllAsync(from: new ReadFrom(null, token));
    }
}
