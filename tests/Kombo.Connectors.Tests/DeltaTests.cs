using Kombo.Core.Models;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scope;

namespace Kombo.Connectors.Tests;

/// <summary>Reading by change time: what is asked for, and from where the next delta starts.</summary>
public sealed class DeltaTests
{
    const string Cursor = "{type: DatetimeBasedCursor, cursor_field: at, datetime_format: '%Y-%m-%dT%H:%M:%SZ', lookback_window: PT1M, "
        + "start_time_option: {type: RequestOption, inject_into: request_parameter, field_name: since}";

    static readonly TestDefinition Changing = new() { Cursor = Cursor + "}", Model = "delta: true" };

    const string Following = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: page}, "
        + "pagination_strategy: {type: CursorPagination, cursor_value: \"{{ response.next }}\"}}";

    static Func<Microsoft.AspNetCore.Http.HttpContext, Task> Rows(params string?[] times) => TestSource.Json(
        $"{{\"data\":[{string.Join(',', times.Select((time, i) => $"{{\"id\":{i + 1},\"at\":{(time is null ? "null" : $"\"{time}\"")}}}"))}]}}");

    static async Task<(ReadResult Result, string Asked)> ReadAsync(
        TestDefinition definition, Func<Microsoft.AspNetCore.Http.HttpContext, Task> answer, SyncType type, string? watermark)
    {
        await using var source = await TestSource.StartAsync(async context =>
        {
            context.Response.Headers.Date = "Mon, 05 Jan 2026 08:00:00 GMT";
            await answer(context);
        });
        await using var session = TestSession.Open(definition.Load(), source.Url);
        var result = await session.ReadAllAsync(type, new ReadFrom(watermark, null));
        return (result, string.Join(' ', source.Asked));
    }

    [Fact]
    public async Task A_full_sync_asks_for_everything()
    {
        var (result, asked) = await ReadAsync(Changing, Rows("2026-01-04T00:00:00Z", null), SyncType.Full, "2026-01-03T00:00:00Z");
        asked.ShouldBe("/teams");
        result.Ids.ShouldBe("1 2", "also what has no change time");
    }

    [Fact]
    public async Task A_delta_asks_for_what_changed_since_the_watermark()
    {
        var (_, asked) = await ReadAsync(Changing, Rows(), SyncType.Delta, "2026-01-03T00:00:00.0000000Z");
        asked.ShouldBe("/teams?since=2026-01-03T00:00:00Z");
    }

    [Fact]
    public async Task A_delta_without_a_watermark_asks_for_everything()
    {
        var (_, asked) = await ReadAsync(Changing, Rows(), SyncType.Delta, watermark: null);
        asked.ShouldBe("/teams");
    }

    [Theory]
    [InlineData("yesterday")]
    [InlineData("")]
    [InlineData("2026-01-03T00:00:00Z/tomorrow")]
    public async Task A_delta_whose_watermark_nobody_can_read_asks_for_everything(string watermark)
    {
        var (result, asked) = await ReadAsync(Changing, Rows("2026-01-04T00:00:00Z"), SyncType.Delta, watermark);
        asked.ShouldBe("/teams");
        result.Watermark.ShouldBe("2026-01-03T23:59:00.0000000Z");
    }

    public static TheoryData<string, string?[], string?, string?> Watermarks => new()
    {
        { "newest seen, minus the look-back", ["2026-01-04T00:00:00Z", "2026-01-03T00:00:00+00:00", null], null, "2026-01-03T23:59:00.0000000Z" },
        { "all four spellings", ["2026-01-04T00:00:00.000Z", "2026-01-04T01:00:00+01:00", "2026-01-04T01:30:00.500+01:00"], null, "2026-01-04T00:29:00.5000000Z" },
        { "never later than the source's clock when the read began", ["2027-01-01T00:00:00Z"], null, "2026-01-05T07:59:00.0000000Z" },
        { "never earlier than before", ["2026-01-01T00:00:00Z"], "2026-01-02T00:00:00.0000000Z", "2026-01-02T00:00:00.0000000Z" },
        { "nothing seen", [], "2026-01-02T00:00:00.0000000Z", "2026-01-02T00:00:00.0000000Z" },
        { "no change time told", [null], null, null },
    };

    [Theory, MemberData(nameof(Watermarks))]
    public async Task The_next_delta_starts_from(string rule, string?[] times, string? before, string? expected)
    {
        var (result, _) = await ReadAsync(Changing, Rows(times), SyncType.Delta, before);
        result.Watermark.ShouldBe(expected, rule);
    }

    [Fact]
    public async Task The_watermark_covers_all_pages_also_after_a_pause()
    {
        var definition = Changing with { Paginator = Following };
        await using var source = await TestSource.AnsweringAsync(
            TestSource.Json("""{"data":[{"id":1,"at":"2026-01-04T12:00:00Z"}],"next":2}"""),
            TestSource.Json("""{"data":[{"id":2,"at":"2026-01-03T00:00:00Z"}]}"""));
        string? token = null;
        await using (var first = TestSession.Open(definition.Load(), source.Url))
            await foreach (var page in first.ReadAsync())
                using (page)
                {
                    page.Watermark.ShouldBeNull("only a whole read has one");
                    token = page.NextPageToken;
                    break;
                }

        await using var second = TestSession.Open(definition.Load(), source.Url);
        (await second.ReadAllAsync(from: new ReadFrom(null, token))).Watermark.ShouldBe("2026-01-04T11:59:00.0000000Z");
    }

    [Fact]
    public async Task The_watermark_is_never_later_than_the_answer_to_the_first_page_also_after_a_pause()
    {
        var definition = Changing with { Paginator = Following };
        await using var source = await TestSource.AnsweringAsync(
            At("Mon, 05 Jan 2026 08:00:00 GMT", """{"data":[{"id":1,"at":"2026-01-04T12:00:00Z"}],"next":2}"""),
            At("Mon, 05 Jan 2026 09:00:00 GMT", """{"data":[{"id":2,"at":"2026-01-05T08:30:00Z"}]}"""));
        string? token = null;
        await using (var first = TestSession.Open(definition.Load(), source.Url))
            await foreach (var page in first.ReadAsync())
                using (page)
                {
                    token = page.NextPageToken;
                    break;
                }

        // What changed on the first page after it was read may be older than the newest on the second.
        await using var second = TestSession.Open(definition.Load(), source.Url);
        (await second.ReadAllAsync(from: new ReadFrom(null, token))).Watermark.ShouldBe("2026-01-05T07:59:00.0000000Z");

        static Func<Microsoft.AspNetCore.Http.HttpContext, Task> At(string date, string body) => context =>
        {
            context.Response.Headers.Date = date;
            return TestSource.Json(body)(context);
        };
    }

    [Fact]
    public async Task The_watermark_is_never_later_than_the_question_for_the_first_page()
    {
        var clock = new EagerClock();
        await using var source = await TestSource.StartAsync(context =>
        {
            lock (clock.Waited)
                clock.Waited.Add(TimeSpan.FromSeconds(90)); // so long it takes to answer, from a view of its data at the beginning
            context.Response.Headers.Date = "Mon, 05 Jan 2026 08:00:00 GMT";
            return Rows("2026-01-05T08:30:00Z")(context);
        });
        await using var session = TestSession.Open(Changing.Load(), source.Url, clock: clock);
        (await session.ReadAllAsync(SyncType.Delta)).Watermark.ShouldBe("2026-01-05T07:57:30.0000000Z");
    }

    [Theory]
    [InlineData("2026-01-03T00:00:00.0000000Z", "/teams?page=2&since=2026-01-03T00:00:00Z", "the same list of changes")]
    [InlineData("2026-01-03T12:00:00.0000000Z", "/teams?since=2026-01-03T12:00:00Z", "another one, because a full sync has ended meanwhile")]
    public async Task A_delta_goes_on_from_its_place_only_in_the_same_list(string watermark, string asked, string why)
    {
        var definition = Changing with { Paginator = Following };
        await using var source = await TestSource.AnsweringAsync(
            TestSource.Json("""{"data":[{"id":1,"at":"2026-01-04T12:00:00Z"}],"next":2}"""), Rows());
        string? token = null;
        await using (var first = TestSession.Open(definition.Load(), source.Url))
            await foreach (var page in first.ReadAsync(SyncType.Delta, new ReadFrom("2026-01-03T00:00:00.0000000Z", null)))
                using (page)
                {
                    token = page.NextPageToken;
                    break;
                }

        await using var second = TestSession.Open(definition.Load(), source.Url);
        await second.ReadAllAsync(SyncType.Delta, new ReadFrom(watermark, token));
        source.Asked.Last().ShouldBe(asked, why);
    }

    [Theory]
    [InlineData(SyncType.Full)]
    [InlineData(SyncType.Delta)]
    public async Task An_end_that_the_source_wants_leaves_nothing_out_that_changes_during_the_read(SyncType type)
    {
        const string end = ", end_time_option: {type: RequestOption, inject_into: request_parameter, field_name: until}}";
        var (_, asked) = await ReadAsync(Changing with { Cursor = Cursor + end }, Rows(), type, watermark: null);
        asked.ShouldBe("/teams?until=2026-01-09T09:00:00Z", "longer than any sync may take");
    }

    [Fact]
    public async Task A_read_that_is_not_whole_leaves_the_watermark_where_it_was()
    {
        var definition = Changing with { Requester = "error_handler: {response_filters: [{http_codes: [404], action: IGNORE}]}" };
        var (result, _) = await ReadAsync(definition, TestSource.Status(404), SyncType.Delta, "2026-01-02T00:00:00.0000000Z");
        result.Watermark.ShouldBe("2026-01-02T00:00:00.0000000Z");
    }

    [Fact]
    public async Task Pages_before_the_one_that_was_ignored_do_not_move_the_watermark()
    {
        var definition = Changing with
        {
            Requester = "error_handler: {response_filters: [{http_codes: [404], action: IGNORE}]}",
            Paginator = Following,
        };
        await using var source = await TestSource.AnsweringAsync(
            TestSource.Json("""{"data":[{"id":1,"at":"2026-01-04T12:00:00Z"}],"next":2}"""), TestSource.Status(404));
        await using var session = TestSession.Open(definition.Load(), source.Url);
        var result = await session.ReadAllAsync(SyncType.Delta, new ReadFrom("2026-01-02T00:00:00.0000000Z", null));
        result.Watermark.ShouldBe("2026-01-02T00:00:00.0000000Z");
    }

    [Fact]
    public async Task A_source_that_cannot_filter_is_filtered_here()
    {
        var definition = Changing with
        {
            Cursor = "{type: DatetimeBasedCursor, cursor_field: at, datetime_format: '%s', is_client_side_incremental: true}",
        };
        var (result, asked) = await ReadAsync(definition, Rows("2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z", null), SyncType.Delta, "2026-01-03T00:00:00Z");
        asked.ShouldBe("/teams");
        result.Ids.ShouldBe("2 3", "what changed at the watermark counts, and what tells no time");
        result.Read.ShouldBe(3);
    }

    [Fact]
    public async Task A_definition_can_bound_full_syncs_too_and_send_the_end()
    {
        var definition = Changing with
        {
            Cursor = Cursor + ", start_datetime: {type: MinMaxDatetime, datetime: '2020-01-01'}, "
                + "end_time_option: {type: RequestOption, inject_into: header, field_name: X-Until}}",
        };
        await using var source = await TestSource.StartAsync(Rows());
        await using var session = TestSession.Open(definition.Load(), source.Url);
        await session.ReadAllAsync();
        source.Asked.ShouldBe(["/teams?since=2020-01-01T00:00:00Z"]);
        source.Headers.Single()["X-Until"].ToString().ShouldBe("2026-01-09T09:00:00Z");
    }

    [Theory]
    [InlineData("'2020-01-01'", "", Deletions.ByAbsence)]
    [InlineData("'2020-01-01'", "deletions: unknown", Deletions.Unknown)]
    [InlineData("\"{{ config['from'] }}\"", "", Deletions.Unknown)]
    [InlineData("\"{{ now_utc() }}\"", "", Deletions.Unknown)]
    [InlineData("{type: MinMaxDatetime, datetime: \"{{ config['from'] }}\"}", "deletions: unknown", Deletions.Unknown)]
    public async Task Where_the_bound_may_move_what_does_not_come_is_not_gone(string bound, string deletions, Deletions expected)
    {
        var definition = Changing with
        {
            Cursor = $"{Cursor}, start_datetime: {bound}}}",
            Specification = "from: {type: string, default: '2020-01-01'}",
            Model = deletions,
        };
        await using var session = TestSession.Open(definition.Load(), "http://127.0.0.1");
        session.Stream().Deletions.ShouldBe(expected);
    }

    [Fact]
    public async Task A_filter_expression_can_hold_the_bound()
    {
        await using var source = await TestSource.StartAsync(TestSource.Json("""{"totalResults":0}"""));
        var scim = BuiltInDefinitions.Find("scim")!; // built in
        await using var session = TestSession.Open(scim, source.Url);
        var users = session.Session.Streams(SyncType.Delta).Single(stream => stream.Name == "users");
        await foreach (var page in session.Session.ReadAsync(users, new ReadFrom("2026-01-03T00:00:00Z", null), CancellationToken.None))
            page.Dispose();
        source.Asked.ShouldBe(["/Users?filter=meta.lastModified ge \"2026-01-03T00:00:00.000Z\"&count=100"]);
        source.Headers.Single().Authorization.ToString().ShouldBe("Bearer s3cret");
    }

    public static TheoryData<string, string[]?, SyncType, string> Streams => new()
    {
        { "everything", null, SyncType.Full, "locations Full, teams Full, absence_types Full, employees Full, memberships Full, employments Full, absences Full" },
        { "what changed, and what is cheap", null, SyncType.Delta, "locations Cheap, teams Cheap, absence_types Cheap, employees Delta, memberships Cheap, employments Delta, absences Delta" },
        { "in scope only", ["hris_employees", "hris_locations"], SyncType.Full, "locations Full, employees Full" },
        { "links when both sides are in", ["hris_employees", "hris_teams"], SyncType.Delta, "teams Cheap, employees Delta, memberships Cheap" },
    };

    [Theory, MemberData(nameof(Streams))]
    public async Task Reads_the_streams_that_a_sync_needs_those_referred_to_first(string rule, string[]? models, SyncType type, string expected)
    {
        var spec = models is null ? null : new ScopeSpec([.. models.Select(model => new ScopeModelSpec(model))]);
        await using var session = TestSession.Open(BuiltInDefinitions.Find("sandbox")!, "http://127.0.0.1", TestSession.Settings with
        {
            Scope = CompiledScope.Compile(spec, ModelCatalog.Default).Scope!, // compiles
        });
        string.Join(", ", session.Session.Streams(type).Select(stream => $"{stream.Name} {stream.ReadMode}")).ShouldBe(expected, rule);
    }

    [Fact]
    public async Task A_stream_without_delta_and_not_cheap_is_not_read_in_a_delta()
    {
        await using var session = TestSession.Open(new TestDefinition().Load(), "http://127.0.0.1");
        session.Session.Streams(SyncType.Delta).ShouldBeEmpty();
        session.Session.Streams(SyncType.Full).Length.ShouldBe(1);
    }
}
