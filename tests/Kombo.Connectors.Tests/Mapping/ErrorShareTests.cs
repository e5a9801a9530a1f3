using System.Globalization;

namespace Kombo.Connectors.Tests.Mapping;

/// <summary>How many records may be refused before a list counts as not read: of each model by itself, over all pages.</summary>
public sealed class ErrorShareTests
{
    const string Following = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: cursor}, "
        + "pagination_strategy: {type: CursorPagination, cursor_value: \"{{ response.next }}\"}}";

    // Of a hundred records the first so many cannot be stored.
    static string Rows(int bad, int from = 0) => string.Join(',', Enumerable.Range(from, 100).Select(id => string.Create(
        CultureInfo.InvariantCulture, $$"""{"id":{{id}},"name":{{(id < from + bad ? "[1]" : "\"a\"")}},"members":[{"to":1},{"to":2}]}""")));

    static async Task<string?> ReadAsync(TestDefinition definition, params string[] pages)
    {
        await using var source = await TestSource.AnsweringAsync([.. pages.Select(page => TestSource.Json(page))]);
        await using var session = TestSession.Open(definition.Load(), source.Url);
        return (await session.ReadAllAsync()).Incomplete;
    }

    [Theory]
    [InlineData(10, "", null)]
    [InlineData(11, "", "11 of 100 records could not be stored as hris_teams; see kombo.record_errors, and mend them in the source or the connector's mapping")]
    [InlineData(11, "limits: {errorShare: 0.2}", null)]
    [InlineData(6, "limits: {errorShare: 0}", "6 of 100 records could not be stored as hris_teams; see kombo.record_errors, and mend them in the source or the connector's mapping")]
    [InlineData(5, "limits: {errorShare: 0}", null)]
    [InlineData(100, "limits: {errorShare: 1}", null)]
    public async Task More_than_the_share_make_the_stream_incomplete(int bad, string limits, string? expected) =>
        (await ReadAsync(new TestDefinition { Extra = limits }, $$"""{"data":[{{Rows(bad)}}]}""")).ShouldBe(expected);

    [Fact]
    public async Task Records_that_another_model_takes_do_not_hide_the_errors_of_one()
    {
        // 300 rows come of these records, of which 20 have errors: few of all, many of the teams.
        var definition = new TestDefinition
        {
            Extra = "  hris_locations: {stream: teams, each: members, remoteId: \"{{ parent.id }}:{{ record.to }}\", fields: {}}",
        };
        (await ReadAsync(definition, $$"""{"data":[{{Rows(20)}}]}""")).ShouldNotBeNull().ShouldStartWith("20 of 100 records could not be stored as hris_teams");
    }

    [Fact]
    public async Task A_read_that_goes_on_counts_those_of_the_pages_before()
    {
        await using var source = await TestSource.AnsweringAsync(
            TestSource.Json($$"""{"data":[{{Rows(40)}}],"next":"c"}"""), TestSource.Json($$"""{"data":[{{Rows(0, from: 100)}}]}"""));
        var definition = new TestDefinition { Paginator = Following }.Load();
        string? token = null;
        await using (var first = TestSession.Open(definition, source.Url))
            await foreach (var page in first.ReadAsync())
                using (page)
                {
                    page.Incomplete.ShouldBeNull("the end may be better than the beginning");
                    token = page.NextPageToken;
                    break;
                }

        await using var second = TestSession.Open(definition, source.Url);
        (await second.ReadAllAsync(from: new ReadFrom(null, token))).Incomplete.ShouldNotBeNull().ShouldStartWith("40 of 200 records");
    }
}
