using System.Collections.Concurrent;
using System.Globalization;
using Kombo.Core.Runs;
using Kombo.Testing;
using Microsoft.AspNetCore.Http;

namespace Kombo.Connectors.Tests.Http;

/// <summary>Requests go when the Integration's budget lets them, and tell it what came of them.</summary>
public sealed class RequestGateTests
{
    const string Teams = """{"data":[{"id":1,"name":"A"}]}""";
    static readonly TestDefinition Plain = new();
    static readonly TestDefinition Paged = new()
    {
        Paginator = "{type: DefaultPaginator, page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: cursor}, "
            + "pagination_strategy: {type: CursorPagination, cursor_value: \"{{ response.next }}\"}}",
    };

    [Fact]
    public async Task A_source_that_counts_down_is_never_asked_more_often_than_it_allows()
    {
        var clock = new EagerClock();
        await using var counted = await CountingSource.StartAsync(clock, pages: 60, most: 10);
        var budget = new PlayedBudget(clock);
        await using var session = Open(Paged, counted.Source, budget, clock);

        (await session.ReadAllAsync()).Pages.ShouldBe(60);

        counted.Refused.ShouldBe(0);
        clock.Waited.ShouldNotBeEmpty("it was the headers that held it back");
        session.Waits.ShouldAllBe(wait => wait.RateLimited && wait.Reason == "the source limits the rate of requests");
    }

    [Fact]
    public async Task Without_regard_to_what_it_says_it_refuses()
    {
        var clock = new EagerClock();
        await using var counted = await CountingSource.StartAsync(clock, pages: 60, most: 10);
        await using var session = Open(Paged, counted.Source, budget: null, clock);
        (await session.ReadAllAsync()).Pages.ShouldBe(60);
        counted.Refused.ShouldBe(5);
    }

    [Theory]
    [InlineData(429, "Retry-After", "30", 30)]
    [InlineData(503, "Retry-After", "30", 30)]
    [InlineData(429, "X-Other", "1", 1)]
    public async Task A_refusal_halves_what_may_be_asked_and_is_waited_for_by_all(int status, string header, string value, double seconds)
    {
        var clock = new ManualClock();
        await using var source = await TestSource.AnsweringAsync(TestSource.Status(status, (header, value)), TestSource.Json(Teams));
        var budget = new PlayedBudget(clock) { State = new(4) };
        await using var session = Open(Plain, source, budget, clock);

        var reading = session.ReadAllAsync();
        await Eventually.BecomesAsync(() => session.Waits.Count == 1, TimeSpan.FromSeconds(20), "it waits");

        budget.State.Window.ShouldBe(2);
        budget.State.BlockedUntil.ShouldBe(clock.GetUtcNow() + TimeSpan.FromSeconds(seconds));
        await Eventually.BecomesAsync(() => clock.PendingTimers > 0, TimeSpan.FromSeconds(20), "the wait has begun");
        clock.Advance(TimeSpan.FromSeconds(Math.Max(seconds, 5)));
        (await reading).Ids.ShouldBe("1");
        budget.Signals.Select(signal => signal.Outcome).ShouldBe([RateOutcome.Limited, RateOutcome.Answered]);
    }

    [Fact]
    public async Task A_refusal_that_a_definition_takes_for_something_else_is_one_all_the_same()
    {
        await using var source = await TestSource.StartAsync(TestSource.Status(429));
        var clock = new EagerClock();
        var budget = new PlayedBudget(clock);
        var definition = Plain with { Requester = "error_handler: {response_filters: [{http_codes: [429], action: IGNORE}]}" };
        await using var session = Open(definition, source, budget, clock);
        await session.ReadAllAsync();
        budget.Signals.Single().Outcome.ShouldBe(RateOutcome.Limited);
    }

    [Fact]
    public async Task What_brings_no_answer_gives_its_place_back()
    {
        await using var source = await TestSource.AnsweringAsync(TestSource.Reset(), TestSource.Status(500), TestSource.Json(Teams));
        var clock = new EagerClock();
        var budget = new PlayedBudget(clock);
        await using var session = Open(Plain, source, budget, clock);
        (await session.ReadAllAsync()).Ids.ShouldBe("1");
        budget.Signals.Select(signal => signal.Outcome).ShouldBe([RateOutcome.Failed, RateOutcome.Answered, RateOutcome.Answered]);
    }

    [Fact]
    public async Task What_others_were_told_is_waited_for_before_the_first_request()
    {
        var clock = new ManualClock();
        await using var source = await TestSource.StartAsync(TestSource.Json(Teams));
        var budget = new PlayedBudget(clock) { State = new(1) { BlockedUntil = clock.GetUtcNow() + TimeSpan.FromSeconds(90) } };
        await using var session = Open(Plain, source, budget, clock);

        var reading = session.ReadAllAsync();
        await Eventually.BecomesAsync(() => clock.PendingTimers > 0, TimeSpan.FromSeconds(20), "it waits");

        session.Waits.Single().ShouldBe(new SourceWait(
            "the source limits the rate of requests", clock.GetUtcNow() + TimeSpan.FromSeconds(90), RateLimited: true));
        source.Asked.ShouldBeEmpty();
        clock.Advance(TimeSpan.FromSeconds(90));
        (await reading).Ids.ShouldBe("1");
    }

    [Fact]
    public async Task Whoever_never_gets_a_turn_asks_when_patience_ends()
    {
        var clock = new EagerClock();
        await using var source = await TestSource.StartAsync(TestSource.Json(Teams));
        await using var session = Open(Plain, source, new FullBudget(), clock);
        (await session.ReadAllAsync()).Ids.ShouldBe("1");
        clock.Waited.Sum(wait => wait.TotalMinutes).ShouldBe(120);
        session.Waits.Count.ShouldBe(240);
    }

    static TestSession Open(TestDefinition definition, TestSource source, IRequestBudget? budget, TimeProvider clock) =>
        TestSession.Open(definition.Load(), source.Url, TestSession.Settings with { Budget = budget }, clock);

    /// <summary>As the database's, for one run on the test's clock.</summary>
    sealed class PlayedBudget(TimeProvider clock) : IRequestBudget
    {
        public RateState State { get; set; } = RateState.New(RateLimits.Default);

        public ConcurrentQueue<RateSignal> Signals { get; } = new();

        RateMoment Moment => new(State, new(4, PerMinute: null), clock.GetUtcNow());

        public Task<RateTurn> AskAsync(CancellationToken cancellationToken)
        {
            var turn = RateRules.Turn(Moment, new(SyncType.Delta, IsAsking: false, TimeSpan.Zero), []);
            State = turn.IsNow ? RateRules.Enter(Moment) : State;
            return Task.FromResult(turn);
        }

        public Task ReportAsync(RateSignal signal, CancellationToken cancellationToken)
        {
            Signals.Enqueue(signal);
            State = RateRules.After(Moment, signal);
            return Task.CompletedTask;
        }
    }

    /// <summary>Others always ask first.</summary>
    sealed class FullBudget : IRequestBudget
    {
        public Task<RateTurn> AskAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new RateTurn(TimeSpan.FromSeconds(30), "others"));

        public Task ReportAsync(RateSignal signal, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>Allows so many requests a minute, says how many are left, and refuses the others.</summary>
    sealed class CountingSource : IAsyncDisposable
    {
        DateTimeOffset ends;
        int asked;
        int page;

        CountingSource()
        {
        }

        public TestSource Source { get; private set; } = null!; // set by StartAsync

        public int Refused { get; private set; }

        public static async Task<CountingSource> StartAsync(TimeProvider clock, int pages, int most)
        {
            var counted = new CountingSource();
            counted.Source = await TestSource.StartAsync(context => counted.AnswerAsync(context, clock.GetUtcNow(), pages, most));
            return counted;
        }

        public ValueTask DisposeAsync() => Source.DisposeAsync();

        Task AnswerAsync(HttpContext context, DateTimeOffset now, int pages, int most)
        {
            if (now >= ends)
                (ends, asked) = (now + TimeSpan.FromMinutes(1), 0);
            var rest = Math.Ceiling((ends - now).TotalSeconds).ToString(CultureInfo.InvariantCulture);
            context.Response.Headers.Date = now.ToString("R", CultureInfo.InvariantCulture);
            context.Response.Headers["X-RateLimit-Limit"] = $"{most}";
            context.Response.Headers["X-RateLimit-Remaining"] = $"{Math.Max(0, most - ++asked)}";
            context.Response.Headers["X-RateLimit-Reset"] = rest;
            if (asked <= most)
                return TestSource.Json(++page < pages ? $$"""{"data":[{"id":{{page}},"name":"A"}],"next":"{{page}}"}""" : """{"data":[]}""")(context);
            Refused++;
            return TestSource.Status(429, ("Retry-After", rest))(context);
        }
    }
}
