using Microsoft.AspNetCore.Http;

namespace Kombo.Connectors.Tests.Paging;

/// <summary>Each style of paging against a server that pages that way.</summary>
public sealed class PaginationTests
{
    const int Rows = 7;

    static string Row(int id) => $$"""{"id":{{id}},"name":"Team {{id}}"}""";

    static string List(IEnumerable<int> ids) => $"[{string.Join(',', ids.Select(Row))}]";

    static int Query(HttpContext context, string name, int fallback) =>
        context.Request.Query.TryGetValue(name, out var value) ? int.Parse(value!) : fallback;

    static async Task<(ReadResult Result, string Asked)> ReadAsync(TestDefinition definition, Func<HttpContext, Task> answer)
    {
        await using var source = await TestSource.StartAsync(answer);
        await using var session = TestSession.Open(definition.Load(), source.Url);
        var result = await session.ReadAllAsync();
        return (result, string.Join(' ', source.Asked));
    }

    static void ShouldBeWhole(ReadResult result) => result.ShouldSatisfyAllConditions(
        all => all.Ids.ShouldBe("1 2 3 4 5 6 7"),
        all => all.Incomplete.ShouldBeNull(),
        all => all.Tokens[^1].ShouldBeNull());

    [Fact]
    public async Task No_paging_asks_once()
    {
        var (result, asked) = await ReadAsync(new TestDefinition { Rows = "[]" }, TestSource.Json(List(Enumerable.Range(1, Rows))));
        ShouldBeWhole(result);
        asked.ShouldBe("/teams");
    }

    [Fact]
    public async Task Page_numbers_stop_at_a_page_without_rows()
    {
        var definition = new TestDefinition
        {
            Rows = "[]",
            Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: page}, "
                + "page_size_option: {type: RequestOption, inject_into: request_parameter, field_name: per_page}, "
                + "pagination_strategy: {type: PageIncrement, page_size: 3, start_from_page: 1, inject_on_first_request: true}}",
        };
        var (result, asked) = await ReadAsync(definition, context => TestSource.Json(
            List(Enumerable.Range(1, Rows).Skip((Query(context, "page", 1) - 1) * 3).Take(3)))(context));
        ShouldBeWhole(result);
        asked.ShouldBe("/teams?per_page=3&page=1 /teams?per_page=3&page=2 /teams?per_page=3&page=3 /teams?per_page=3&page=4");
    }

    [Fact]
    public async Task Offsets_advance_by_the_rows_that_came()
    {
        var definition = new TestDefinition
        {
            Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: offset}, "
                + "pagination_strategy: {type: OffsetIncrement}}",
        };
        var (result, asked) = await ReadAsync(definition, context => TestSource.Json(
            $$"""{"data":{{List(Enumerable.Range(1, Rows).Skip(Query(context, "offset", 0)).Take(4))}}}""")(context));
        ShouldBeWhole(result);
        asked.ShouldBe("/teams /teams?offset=4 /teams?offset=7");
    }

    [Fact]
    public async Task A_start_index_from_1_stops_by_the_total_although_the_server_sends_fewer_than_asked_and_starts_again_beyond_the_end()
    {
        var definition = new TestDefinition
        {
            Rows = "[Resources]",
            Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: startIndex}, "
                + "page_size_option: {type: RequestOption, inject_into: request_parameter, field_name: count}, "
                + "pagination_strategy: {type: CursorPagination, page_size: 5, "
                + "cursor_value: \"{{ (response.startIndex | default(1) | int) + last_page_size }}\", "
                + "stop_condition: \"{{ last_page_size == 0 or (response.startIndex | default(1) | int) + last_page_size > response.totalResults }}\"}}",
            Model = "total: \"{{ response.totalResults }}\"",
        };
        var (result, asked) = await ReadAsync(definition, context =>
        {
            var start = Query(context, "startIndex", 1);
            start = start > Rows ? 1 : start;
            var rows = Enumerable.Range(1, Rows).Skip(start - 1).Take(3);
            return TestSource.Json($$"""{"totalResults":{{Rows}},"startIndex":{{start}},"itemsPerPage":5,"Resources":{{List(rows)}}}""")(context);
        });
        ShouldBeWhole(result);
        result.Total.ShouldBe(Rows);
        asked.ShouldBe("/teams?count=5 /teams?count=5&startIndex=4 /teams?count=5&startIndex=7");
    }

    [Fact]
    public async Task A_cursor_goes_into_the_query()
    {
        var definition = new TestDefinition
        {
            Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: cursor}, "
                + "pagination_strategy: {type: CursorPagination, cursor_value: \"{{ response.meta.next }}\"}}",
        };
        var (result, asked) = await ReadAsync(definition, context =>
        {
            var start = context.Request.Query.TryGetValue("cursor", out var cursor) ? int.Parse(cursor.ToString()[1..]) : 0;
            var next = start + 3 < Rows ? $"\"c{start + 3}\"" : "null";
            return TestSource.Json($$"""{"data":{{List(Enumerable.Range(1, Rows).Skip(start).Take(3))}},"meta":{"next":{{next}} } }""")(context);
        });
        ShouldBeWhole(result);
        asked.ShouldBe("/teams /teams?cursor=c3 /teams?cursor=c6");
    }

    [Fact]
    public async Task A_cursor_goes_into_the_body_of_a_POST()
    {
        var definition = new TestDefinition
        {
            Method = "POST",
            Requester = "request_body_json: {limit: 3, kind: team}",
            Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: body_json, field_path: [page, cursor]}, "
                + "pagination_strategy: {type: CursorPagination, cursor_value: \"{{ response.next }}\", stop_condition: \"{{ not response.more }}\"}}",
        };
        await using var source = await TestSource.AnsweringAsync(
            TestSource.Json($$"""{"data":{{List([1, 2, 3])}},"next":3,"more":true}"""),
            TestSource.Json($$"""{"data":{{List([4, 5, 6, 7])}},"next":9,"more":false}"""));
        await using var session = TestSession.Open(definition.Load(), source.Url);
        ShouldBeWhole(await session.ReadAllAsync());
        source.Bodies.ShouldBe(["""{"limit":3,"kind":"team"}""", """{"limit":3,"kind":"team","page":{"cursor":3}}"""]);
    }

    [Fact]
    public async Task The_last_record_can_be_the_cursor()
    {
        var definition = new TestDefinition
        {
            Rows = "[]",
            Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: after}, "
                + "pagination_strategy: {type: CursorPagination, cursor_value: \"{{ last_record.id }}\", stop_condition: \"{{ last_page_size < 4 }}\"}}",
        };
        var (result, asked) = await ReadAsync(definition, context => TestSource.Json(
            List(Enumerable.Range(1, Rows).Skip(Query(context, "after", 0)).Take(4)))(context));
        ShouldBeWhole(result);
        asked.ShouldBe("/teams /teams?after=4");
    }

    const string NextInBody = "{type: DefaultPaginator, page_token_option: {type: RequestPath}, "
        + "pagination_strategy: {type: CursorPagination, page_size: 3, cursor_value: \"{{ response.links.next }}\"}}";

    [Fact]
    public async Task The_address_of_the_next_page_is_whole_and_gets_none_of_the_first_pages_parameters()
    {
        var definition = new TestDefinition
        {
            Authenticator = "{type: BearerAuthenticator, api_token: \"{{ config.token }}\"}",
            Requester = "request_parameters: {expand: all}",
            Paginator = NextInBody,
        };
        TestSource source = null!;
        await using (source = await TestSource.StartAsync(context =>
        {
            var next = context.Request.Query.ContainsKey("p") ? "null" : $"\"{source.Url}/teams?p=2&size=3\"";
            return TestSource.Json($$"""{"data":{{List(next == "null" ? [4, 5, 6, 7] : [1, 2, 3])}},"links":{"next":{{next}} } }""")(context);
        }))
        {
            await using var session = TestSession.Open(definition.Load(), source.Url);
            ShouldBeWhole(await session.ReadAllAsync());
            source.Asked.ShouldBe(["/teams?expand=all", "/teams?p=2&size=3"]);
            source.Headers.ShouldAllBe(headers => headers.Authorization == "Bearer s3cret");
        }
    }

    [Fact]
    public async Task A_relative_next_address_is_resolved()
    {
        var (result, asked) = await ReadAsync(new TestDefinition { Paginator = NextInBody }, context => TestSource.Json(
            context.Request.Query.ContainsKey("p")
                ? $$"""{"data":{{List([4, 5, 6, 7])}}}"""
                : $$"""{"data":{{List([1, 2, 3])}},"links":{"next":"?p=2"} }""")(context));
        ShouldBeWhole(result);
        asked.ShouldBe("/teams /teams?p=2");
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/teams")]
    [InlineData("http://localhost.example/teams")]
    [InlineData("https://user:pass@127.0.0.1/teams")]
    [InlineData("//evil.example/teams")]
    public async Task A_next_address_elsewhere_is_not_followed(string next)
    {
        await using var source = await TestSource.StartAsync(TestSource.Json($$"""{"data":{{List([1])}},"links":{"next":"{{next}}"} }"""));
        await using var session = TestSession.Open(new TestDefinition { Paginator = NextInBody }.Load(), source.Url);
        var error = await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync());
        error.Kind.ShouldBe(SourceFailure.BlockedAddress);
        source.Asked.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_Link_header_is_followed_by_its_relation_next()
    {
        var definition = new TestDefinition
        {
            Rows = "[]",
            Authenticator = "{type: ApiKeyAuthenticator, api_token: \"{{ config.token }}\", inject_into: {type: RequestOption, inject_into: request_parameter, field_name: api_key}}",
            Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestPath}, pagination_strategy: {type: CursorPagination, "
                + "cursor_value: \"{{ headers['link']['next']['url'] }}\", stop_condition: \"{{ not headers['link']['next']['url'] }}\"}}",
        };
        await using var source = await TestSource.StartAsync(context =>
        {
            var page = Query(context, "page", 1);
            var address = $"http://{context.Request.Host}/teams?api_key={context.Request.Query["api_key"]}&page=";
            context.Response.Headers.Append("Link", $"<{address}{page}>; rel=\"self\"");
            context.Response.Headers.Append("Link", page < 3 ? $"<{address}1>; rel=\"first\", <{address}{page + 1}>; rel=\"next\"" : "");
            return TestSource.Json(List(Enumerable.Range(1, Rows).Skip((page - 1) * 3).Take(3)))(context);
        });
        await using var session = TestSession.Open(definition.Load(), source.Url);
        var result = await session.ReadAllAsync();
        ShouldBeWhole(result);
        source.Asked.ShouldBe(["/teams?api_key=s3cret", "/teams?page=2&api_key=s3cret", "/teams?page=3&api_key=s3cret"]);
        result.Tokens.ShouldAllBe(token => token == null || !token.Contains("s3cret"));
    }
}
