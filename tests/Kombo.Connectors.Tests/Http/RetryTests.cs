using Kombo.Testing;

namespace Kombo.Connectors.Tests.Http;

public sealed class RetryTests
{
    const string Teams = """{"data":[{"id":1,"name":"A"}]}""";
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    static readonly TestDefinition Plain = new() { Paginator = "{type: NoPagination}" };

    public static TheoryData<string, int> Passing => new()
    {
        { "500", 500 }, { "502", 502 }, { "503 without Retry-After", 503 }, { "504", 504 }, { "408", 408 }, { "598", 598 },
    };

    [Theory, MemberData(nameof(Passing))]
    public async Task A_failure_that_passes_is_tried_again(string name, int status)
    {
        await using var source = await TestSource.AnsweringAsync(
            TestSource.Status(status), TestSource.Status(status), TestSource.Json(Teams));
        await using var session = TestSession.Open(Plain.Load(), source.Url);
        (await session.ReadAllAsync()).Ids.ShouldBe("1", name);
        session.Waits.Select(wait => wait.RateLimited).ShouldBe([false, false]);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_tried_again()
    {
        await using var source = await TestSource.AnsweringAsync(TestSource.Reset(), TestSource.Json(Teams));
        await using var session = TestSession.Open(Plain.Load(), source.Url);
        (await session.ReadAllAsync()).Ids.ShouldBe("1");
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_tried_again()
    {
        await using var source = await TestSource.AnsweringAsync(
            async context =>
            {
                context.Response.ContentLength = Teams.Length;
                context.Response.ContentType = "application/json";
                await context.Response.Body.WriteAsync("{\"data\":[{"u8.ToArray());
                await context.Response.Body.FlushAsync();
                context.Abort();
            },
            TestSource.Json(Teams));
        await using var session = TestSession.Open(Plain.Load(), source.Url);
        (await session.ReadAllAsync()).Ids.ShouldBe("1");
        session.Waits.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_failure_that_stays_ends_the_read_after_five_more_attempts_with_growing_pauses()
    {
        var clock = new EagerClock();
        await using var source = await TestSource.StartAsync(TestSource.Status(500));
        await using var session = TestSession.Open(Plain.Load(), source.Url, clock: clock);
        var error = await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync());
        error.ShouldSatisfyAllConditions(
            () => error.Kind.ShouldBe(SourceFailure.Unavailable),
            () => error.Status.ShouldBe(500),
            () => error.Message.ShouldBe("stream \"teams\": the source answered 500"),
            () => source.Asked.Count.ShouldBe(6),
            () => clock.Waited.Count.ShouldBe(5),
            () => clock.Waited.ShouldAllBe(wait => wait > TimeSpan.Zero));
    }

    [Fact]
    public async Task A_refused_connection_ends_the_read_after_the_retries()
    {
        string url;
        await using (var gone = await TestSource.StartAsync(TestSource.Json(Teams)))
            url = gone.Url;
        await using var session = TestSession.Open(Plain.Load(), url);
        (await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync())).Kind.ShouldBe(SourceFailure.Unavailable);
    }

    [Theory]
    [InlineData(401, SourceFailure.Authentication)]
    [InlineData(403, SourceFailure.Forbidden)]
    [InlineData(404, SourceFailure.NotFound)]
    [InlineData(400, SourceFailure.Configuration)]
    [InlineData(422, SourceFailure.Configuration)]
    public async Task A_refusal_is_not_tried_again(int status, SourceFailure kind)
    {
        await using var source = await TestSource.StartAsync(TestSource.Status(status));
        await using var session = TestSession.Open(Plain.Load(), source.Url);
        var error = await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync());
        error.Kind.ShouldBe(kind);
        error.Message.ShouldContain($"{status}");
        source.Asked.Count.ShouldBe(1);
    }

    public static TheoryData<string, int, string, double> Waits => new()
    {
        { "seconds", 429, "90", 90 },
        { "an HTTP date", 429, "Mon, 05 Jan 2026 09:02:00 GMT", 120 },
        { "a date that has passed", 429, "Mon, 05 Jan 2026 08:00:00 GMT", 1 },
        { "nothing to wait for", 429, "0", 1 },
        { "longer than the longest wait", 429, "86400", 900 },
        { "503 with Retry-After", 503, "30", 30 },
    };

    [Theory, MemberData(nameof(Waits))]
    public async Task A_source_that_limits_the_rate_is_waited_for(string rule, int status, string retryAfter, double seconds)
    {
        var clock = new ManualClock();
        await using var source = await TestSource.AnsweringAsync(
            TestSource.Status(status, ("Retry-After", retryAfter)), TestSource.Json(Teams));
        await using var session = TestSession.Open(Plain.Load(), source.Url, clock: clock);
        var began = clock.GetUtcNow();
        var reading = session.ReadAllAsync();
        await Eventually.BecomesAsync(() => session.Waits.Count == 1, Soon, "the wait was announced");
        session.Waits.Single().ShouldSatisfyAllConditions(
            wait => wait.RateLimited.ShouldBeTrue(rule),
            wait => (wait.Until - began).TotalSeconds.ShouldBe(seconds, rule),
            wait => wait.Reason.ShouldBe(status == 429 ? "the source limits the rate of requests" : wait.Reason));
        source.Asked.Count.ShouldBe(1, "the source is left alone until then");
        await Eventually.BecomesAsync(() => clock.PendingTimers > 0, Soon, "the wait has begun");
        clock.Advance(TimeSpan.FromSeconds(seconds));
        (await reading).Ids.ShouldBe("1");
    }

    [Fact]
    public async Task Rate_limits_do_not_count_as_failures()
    {
        var answers = Enumerable.Repeat(TestSource.Status(429, ("Retry-After", "1")), 20)
            .Append(TestSource.Status(500)).Append(TestSource.Json(Teams)).ToArray();
        await using var source = await TestSource.AnsweringAsync(answers);
        await using var session = TestSession.Open(Plain.Load(), source.Url);
        (await session.ReadAllAsync()).Ids.ShouldBe("1");
    }

    [Fact]
    public async Task Patience_with_rate_limits_ends()
    {
        await using var source = await TestSource.StartAsync(TestSource.Status(429, ("Retry-After", "50")));
        await using var session = TestSession.Open(Plain.Load(), source.Url, TestSession.Settings with
        {
            Limits = SourceLimits.Default with { RateLimitPatience = TimeSpan.FromMinutes(5) },
        });
        (await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync())).Kind.ShouldBe(SourceFailure.RateLimited);
        source.Asked.Count.ShouldBe(7);
    }

    [Theory]
    [InlineData("{type: WaitTimeFromHeader, header: X-Wait, regex: '(\\d+) s'}", "X-Wait", "in 42 s", 42)]
    [InlineData("{type: WaitUntilTimeFromHeader, header: X-Reset}", "X-Reset", "1767603660", 60)]
    [InlineData("{type: WaitUntilTimeFromHeader, header: X-Reset}", "X-Reset", "17", 17)]
    [InlineData("{type: WaitUntilTimeFromHeader, header: X-Reset, min_wait: 5}", "X-Reset", "1767600000", 5)]
    [InlineData("{type: ConstantBackoffStrategy, backoff_time_in_seconds: 7}", "X-Other", "1", 7)]
    [InlineData("{type: ExponentialBackoffStrategy, factor: 3}", "X-Other", "1", 3)]
    public async Task A_definition_says_where_the_wait_stands(string strategy, string header, string value, double seconds)
    {
        var clock = new EagerClock();
        await using var source = await TestSource.AnsweringAsync(TestSource.Status(429, (header, value)), TestSource.Json(Teams));
        var definition = Plain with { Requester = $"error_handler: {{type: DefaultErrorHandler, backoff_strategies: [{strategy}]}}" };
        await using var session = TestSession.Open(definition.Load(), source.Url, clock: clock);
        (await session.ReadAllAsync()).Ids.ShouldBe("1");
        clock.Waited.ShouldBe([TimeSpan.FromSeconds(seconds)]);
    }

    [Fact]
    public async Task A_definition_can_call_a_failure_with_status_200_by_its_name()
    {
        await using var source = await TestSource.StartAsync(TestSource.Json("""{"success":false,"error":"no, s3cret"}"""));
        var definition = Plain with
        {
            Requester = "error_handler: {type: CompositeErrorHandler, error_handlers: [{type: DefaultErrorHandler, response_filters: "
                + "[{type: HttpResponseFilter, predicate: \"{{ response.success == false }}\", action: FAIL, failure_type: config_error, "
                + "error_message: the module is switched off}]}]}",
        };
        await using var session = TestSession.Open(definition.Load(), source.Url);
        var error = await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync());
        error.ShouldSatisfyAllConditions(
            () => error.Kind.ShouldBe(SourceFailure.Configuration),
            () => error.Message.ShouldBe("stream \"teams\": the module is switched off"));
    }

    [Fact]
    public async Task An_ignored_failure_makes_the_stream_incomplete()
    {
        await using var source = await TestSource.StartAsync(TestSource.Status(404));
        var definition = Plain with { Requester = "error_handler: {response_filters: [{http_codes: [404], action: IGNORE}]}" };
        await using var session = TestSession.Open(definition.Load(), source.Url);
        var result = await session.ReadAllAsync();
        result.Read.ShouldBe(0);
        result.Incomplete.ShouldBe("the source answered 404, which the definition ignores");
    }

    [Fact]
    public async Task A_definition_can_allow_fewer_retries()
    {
        await using var source = await TestSource.StartAsync(TestSource.Status(500));
        await using var session = TestSession.Open((Plain with { Requester = "error_handler: {max_retries: 1}" }).Load(), source.Url);
        await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync());
        source.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_source_that_does_not_answer_is_given_up_after_the_page_timeout()
    {
        var clock = new ManualClock();
        await using var source = await TestSource.AnsweringAsync(
            context => Task.Delay(Timeout.InfiniteTimeSpan, clock, context.RequestAborted), TestSource.Json(Teams));
        await using var session = TestSession.Open(Plain.Load(), source.Url, clock: clock);
        var reading = session.ReadAllAsync();
        await Eventually.BecomesAsync(() => source.Asked.Count == 1, Soon, "the source was asked");
        clock.Advance(SourceLimits.Default.PageTimeout);
        await Eventually.BecomesAsync(() => session.Waits.Count == 1, Soon, "the attempt was given up");
        session.Waits.Single().Reason.ShouldBe("the source did not answer within 120 s");
        await Eventually.BecomesAsync(() => clock.PendingTimers > 0, Soon, "the wait has begun");
        clock.Advance(TimeSpan.FromSeconds(10));
        (await reading).Ids.ShouldBe("1");
    }

    [Fact]
    public async Task Cancelling_ends_a_wait()
    {
        await using var source = await TestSource.StartAsync(TestSource.Status(429, ("Retry-After", "600")));
        await using var session = TestSession.Open(Plain.Load(), source.Url, clock: new ManualClock());
        using var stopping = new CancellationTokenSource();
        var reading = session.Session.ReadAsync(session.Stream(), ReadFrom.Start, stopping.Token).GetAsyncEnumerator();
        var next = reading.MoveNextAsync();
        await Eventually.BecomesAsync(() => session.Waits.Count == 1, Soon, "it waits");
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await next);
    }

    [Fact]
    public async Task A_redirect_is_followed_on_the_same_host_only()
    {
        await using var other = await TestSource.StartAsync(TestSource.Json(Teams));
        await using var source = await TestSource.StartAsync(context => context.Request.Path == "/teams"
            ? TestSource.Status(302, ("Location", "/v2/teams"))(context)
            : context.Request.Path == "/v2/teams" ? TestSource.Json(Teams)(context) : TestSource.Status(307, ("Location", other.Url + "/teams"))(context));
        await using var session = TestSession.Open(Plain.Load(), source.Url);
        (await session.ReadAllAsync()).Ids.ShouldBe("1");

        await using var elsewhere = TestSession.Open(Plain.Load(), source.Url + "/moved");
        (await Should.ThrowAsync<SourceException>(() => elsewhere.ReadAllAsync())).Kind.ShouldBe(SourceFailure.BlockedAddress);
        other.Asked.ShouldBeEmpty();
    }
}
