using System.Collections.Immutable;
using System.Globalization;
using Kombo.Core.Runs;

namespace Kombo.Core.Tests.Runs;

public sealed class RateRulesTests
{
    static readonly DateTimeOffset Now = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);
    static readonly RateLimits Four = new(Concurrency: 4, PerMinute: null);
    static readonly RateState Calm = new(4);
    static readonly RateSignal Answered = new(RateOutcome.Answered);
    static readonly RateSignal Limited = new(RateOutcome.Limited);

    static DateTimeOffset In(double seconds) => Now + TimeSpan.FromSeconds(seconds);

    static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    static RateMoment At(RateState state, RateLimits? limits = null) => new(state, limits ?? Four, Now);

    static RateState Quota(long quota, long remaining, double asked = 0, double reset = 60) =>
        Calm with { Quota = quota, Remaining = remaining, AskedAt = In(asked), ResetsAt = In(reset) };

    public static TheoryData<string, double, RateOutcome, double> Windows => new()
    {
        { "an answer adds one part of as many as there are", 2, RateOutcome.Answered, 2.5 },
        { "from one it goes to two", 1, RateOutcome.Answered, 2 },
        { "never beyond the limit", 4, RateOutcome.Answered, 4 },
        { "a limit that was lowered since counts at once", 9, RateOutcome.Answered, 4 },
        { "a refusal halves", 4, RateOutcome.Limited, 2 },
        { "and halves again", 2.5, RateOutcome.Limited, 1.25 },
        { "but one there may always be", 1.25, RateOutcome.Limited, 1 },
        { "what brought no answer says nothing", 2.5, RateOutcome.Failed, 2.5 },
    };

    [Theory, MemberData(nameof(Windows))]
    public void The_window_grows_slowly_and_shrinks_fast(string rule, double window, RateOutcome outcome, double expected) =>
        RateRules.After(At(new(window)), new(outcome)).Window.ShouldBe(expected, rule);

    public static TheoryData<string, double?, double> Blocks => new()
    {
        { "for as long as it says", 90, 90 },
        { "a second where it says nothing", null, 1 },
        { "a second where it says none", 0, 1 },
        { "a second where it says what has passed", -30, 1 },
        { "a quarter of an hour where it says a day", 86_400, 900 },
    };

    [Theory, MemberData(nameof(Blocks))]
    public void A_refusal_leaves_the_source_alone(string rule, double? wait, double seconds)
    {
        var state = RateRules.After(At(Calm), Limited with { Wait = wait is { } said ? Seconds(said) : null });
        state.BlockedUntil.ShouldBe(In(seconds), rule);
        RateRules.Turn(At(state), new(SyncType.Webhook, false, TimeSpan.Zero), []).Wait.ShouldBe(Seconds(seconds), rule);
        RateRules.IsFree(At(state)).ShouldBeFalse(rule);
    }

    [Fact]
    public void What_is_left_of_a_day_is_not_spread_over_it()
    {
        var daily = Quota(quota: 100_000, remaining: 9_000, reset: 14 * 3600);
        RateRules.Turn(At(daily), new(SyncType.Full, false, TimeSpan.Zero), []).IsNow.ShouldBeTrue();
        RateRules.IsFree(At(daily)).ShouldBeTrue();
        RateRules.Turn(At(daily with { ResetsAt = In(3600) }), new(SyncType.Full, false, TimeSpan.Zero), []).IsNow.ShouldBeFalse();
    }

    [Fact]
    public void Times_that_a_clock_which_was_set_back_has_left_hold_up_nothing()
    {
        var ahead = Calm with { AskedAt = In(7200), LimitedAt = In(7200), BlockedUntil = In(7200), ResetsAt = In(200_000) };
        RateRules.Believable(ahead, Now).ShouldBe(
            ahead with { AskedAt = Now, LimitedAt = Now, BlockedUntil = In(900), ResetsAt = In(86_400) });
        var usual = Calm with { AskedAt = In(-1), LimitedAt = In(-5), BlockedUntil = In(30), ResetsAt = In(60) };
        RateRules.Believable(usual, Now).ShouldBe(usual);
    }

    [Fact]
    public void A_longer_wait_is_not_cut_by_a_shorter_one_and_refusals_of_one_moment_halve_once()
    {
        var first = RateRules.After(At(Calm), Limited with { Wait = Seconds(60), PerSecond = 16 });
        var together = RateRules.After(At(first) with { Now = In(1) }, Limited with { Wait = Seconds(5), Took = Seconds(3), PerSecond = 16 });
        (together.BlockedUntil, together.Window, together.PerSecond).ShouldBe((In(60), 2, 8));

        var later = RateRules.After(At(first) with { Now = In(62) }, Limited with { Took = Seconds(1) });
        later.Window.ShouldBe(1);
        later.PerSecond!.Value.ShouldBe(8 * (1 + (62.0 / 60)) / 2, 0.001, "half of what it had grown to by itself");
    }

    public static TheoryData<string, double, double> Rates => new()
    {
        { "half of what was refused", 0.1, 1 / 8.0 },
        { "twice as fast after a minute", 60, 1 / 16.0 },
        { "four times after three", 180, 1 / 32.0 },
        { "forgotten after ten", 600, 0 },
    };

    [Theory, MemberData(nameof(Rates))]
    public void What_was_refused_is_approached_again(string rule, double seconds, double gap)
    {
        var state = RateRules.After(At(Calm), Limited with { PerSecond = 16 }) with { BlockedUntil = null, AskedAt = In(seconds) };
        var turn = RateRules.Turn(At(state) with { Now = In(seconds) }, new(SyncType.Delta, false, TimeSpan.Zero), []);
        turn.Wait.TotalSeconds.ShouldBe(gap, (gap * 0.01) + 1e-9, rule);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-3.0)]
    public void A_rate_that_cannot_be_is_not_halved(double? perSecond) =>
        RateRules.After(At(Calm), Limited with { PerSecond = perSecond }).PerSecond.ShouldBeNull();

    [Fact]
    public void However_often_a_source_refuses_it_is_asked_twice_a_minute()
    {
        var state = Calm;
        var now = Now;
        for (var refusal = 0; refusal < 100; refusal++, now += Seconds(1))
            state = RateRules.After(new(state, Four, now), Limited with { PerSecond = 1 });
        state = state with { BlockedUntil = null, AskedAt = now };
        RateRules.Turn(new(state, Four, now), new(SyncType.Full, false, TimeSpan.Zero), []).Wait.ShouldBeLessThanOrEqualTo(Seconds(30));
    }

    public static TheoryData<string, SyncType, RateState, double> Paces => new()
    {
        { "more than half is left: as fast as it will", SyncType.Delta, Quota(100, 51), 0 },
        { "half is left: spread over the rest", SyncType.Delta, Quota(100, 50), 60 / 51.0 },
        { "a full leaves a tenth to the others", SyncType.Full, Quota(100, 50), 60 / 41.0 },
        { "nothing but the tenth is left: a full waits for the end", SyncType.Full, Quota(100, 10), 60 },
        { "which a webhook run uses", SyncType.Webhook, Quota(100, 10), 60 / 11.0 },
        { "nothing is left: all wait", SyncType.Webhook, Quota(100, 0), 60 },
        { "a small one has no tenth", SyncType.Full, Quota(9, 4), 12 },
        { "what was waited already counts", SyncType.Delta, Quota(100, 50, asked: -1, reset: 50), 0 },
        { "its end has passed", SyncType.Full, Quota(100, 0, asked: -70, reset: -1), 0 },
        { "no wait is longer than that for a refusal", SyncType.Full, Quota(100, 0, reset: 3600), 900 },
        { "of more than an hour nothing is spread: the source refuses when it is over", SyncType.Full, Quota(100, 0, reset: 3601), 0 },
    };

    [Theory, MemberData(nameof(Paces))]
    public void What_is_left_is_spread_over_the_rest_of_the_time(string rule, SyncType type, RateState state, double seconds) =>
        RateRules.Turn(At(state), new(type, false, TimeSpan.Zero), []).Wait.TotalSeconds.ShouldBe(seconds, 0.001, rule);

    [Fact]
    public void Sources_that_count_down_are_never_asked_for_more_than_they_allow()
    {
        var (state, now, asked) = (RateRules.After(At(Calm), Answered with { Limit = 60, Remaining = 59, ResetsIn = Seconds(60) }), Now, 1);
        while (asked < 1000)
        {
            var turn = RateRules.Turn(new(state, Four, now), new(SyncType.Full, false, TimeSpan.Zero), []);
            now += turn.Wait;
            if (now >= In(60))
                break;
            if (!turn.IsNow)
                continue;
            asked++;
            state = RateRules.After(
                new(RateRules.Enter(new(state, Four, now)), Four, now), Answered with { Limit = 60, Remaining = 60 - asked, ResetsIn = In(60) - now });
        }

        asked.ShouldBeInRange(50, 60);
    }

    public static TheoryData<string, long?, double?, string> Headers => new()
    {
        { "both are kept", 7, 30, "7 of 10 until 30" },
        { "no end", 7, null, "nothing" },
        { "no number", null, 30, "nothing" },
        { "a number below zero", -1, 30, "nothing" },
        { "an end that has passed", 7, -5, "nothing" },
        { "an end that is too far", 7, 90_000, "nothing" },
        { "more than the limit", 12, 30, "12 of 12 until 30" },
    };

    [Theory, MemberData(nameof(Headers))]
    public void Headers_that_make_no_sense_are_passed_over(string rule, long? remaining, double? reset, string expected)
    {
        var state = RateRules.After(
            At(Calm), Answered with { Limit = 10, Remaining = remaining, ResetsIn = reset is { } rest ? Seconds(rest) : null });
        (state.Remaining is null ? "nothing" : string.Create(
            CultureInfo.InvariantCulture, $"{state.Remaining} of {state.Quota} until {(state.ResetsAt!.Value - Now).TotalSeconds}"))
            .ShouldBe(expected, rule);
    }

    [Fact]
    public void Without_a_stated_limit_the_most_that_was_left_stands_for_it_until_the_window_ends()
    {
        var first = RateRules.After(At(Calm), Answered with { Remaining = 90, ResetsIn = Seconds(60) });
        var second = RateRules.After(At(first) with { Now = In(5) }, Answered with { Remaining = 40, ResetsIn = Seconds(54.5) });
        (second.Quota, second.Remaining).ShouldBe((90, 40));
        RateRules.After(At(second) with { Now = In(61) }, Answered with { Remaining = 30, ResetsIn = Seconds(60) }).Quota.ShouldBe(30);
    }

    public static TheoryData<string, RateAsker, double, ImmutableArray<RateAsker>, bool> Turns => new()
    {
        { "nobody else asks", Asks(SyncType.Full), 1, [], true },
        { "one does, and one may", Asks(SyncType.Full), 1, [Asking(SyncType.Delta)], false },
        { "the whole part of the window counts", Asks(SyncType.Webhook), 1.9, [Asking(SyncType.Full)], false },
        { "one does, and two may", Asks(SyncType.Webhook), 2, [Asking(SyncType.Full)], true },
        { "a full lets a waiting delta go first", Asks(SyncType.Full), 4, [Asks(SyncType.Delta)], false },
        { "and a waiting webhook run", Asks(SyncType.Full), 4, [Asks(SyncType.Webhook)], false },
        { "for a minute", Asks(SyncType.Full, waited: 59), 4, [Asks(SyncType.Webhook)], false },
        { "and no longer", Asks(SyncType.Full, waited: 60), 4, [Asks(SyncType.Webhook)], true },
        { "a request that nobody told the end of counts no more", Asks(SyncType.Delta), 1, [Asking(SyncType.Full, minutes: 5)], true },
        { "one that takes long does", Asks(SyncType.Delta), 1, [Asking(SyncType.Full, minutes: 4)], false },
        { "a delta waits for no full", Asks(SyncType.Delta), 4, [Asks(SyncType.Full)], true },
    };

    static RateAsker Asks(SyncType type, double waited = 0) => new(type, IsAsking: false, Seconds(waited));

    static RateAsker Asking(SyncType type, double minutes = 0) => new(type, IsAsking: true, TimeSpan.FromMinutes(minutes));

    [Theory, MemberData(nameof(Turns))]
    public void Whose_turn_it_is(string rule, RateAsker asker, double window, ImmutableArray<RateAsker> others, bool isNow) =>
        RateRules.Turn(At(new(window)), asker, others).IsNow.ShouldBe(isNow, rule);

    [Fact]
    public void What_a_full_waited_while_nobody_might_ask_is_no_reason_to_go_first() => RateRules
        .Turn(At(Calm with { BlockedUntil = In(-10) }), Asks(SyncType.Full, waited: 300), [Asks(SyncType.Delta)]).IsNow.ShouldBeFalse();

    [Fact]
    public void A_definition_paces_from_the_first_request()
    {
        var limits = new RateLimits(4, PerMinute: 120);
        RateRules.IsFree(At(RateState.New(limits), limits)).ShouldBeFalse();
        var asked = RateRules.Enter(At(RateState.New(limits), limits));
        var turn = RateRules.Turn(At(asked, limits), Asks(SyncType.Webhook), []);
        (turn.Wait, turn.Reason).ShouldBe((Seconds(0.5), "the connector allows 120 requests a minute"));
        RateRules.Turn(At(asked, limits) with { Now = In(0.5) }, Asks(SyncType.Webhook), []).IsNow.ShouldBeTrue();
    }

    public static TheoryData<string, RateState, RateLimits, bool> Free => new()
    {
        { "nothing is known", RateState.New(RateLimits.Default), RateLimits.Default, true },
        { "the definition allows less than there are runs", new(2), new(2, null), false },
        { "the definition names a rate", new(4), new(4, 100), false },
        { "the window is smaller than it may be", new(3.9), Four, false },
        { "much is left", Quota(100, 80), Four, true },
        { "little is left", Quota(100, 20), Four, false },
        { "the source is left alone", Calm with { BlockedUntil = In(1) }, Four, false },
        { "it was", Calm with { BlockedUntil = In(-1), LimitedAt = In(-2) }, Four, true },
        { "a rate was refused", Calm with { PerSecond = 5, LimitedAt = In(-599) }, Four, false },
        { "long ago", Calm with { PerSecond = 5, LimitedAt = In(-600) }, Four, true },
    };

    [Theory, MemberData(nameof(Free))]
    public void Requests_are_counted_only_while_something_limits_them(string rule, RateState state, RateLimits limits, bool isFree) =>
        RateRules.IsFree(At(state, limits)).ShouldBe(isFree, rule);

    public static TheoryData<string, RateSignal, bool> News => new()
    {
        { "a refusal", Limited, true },
        { "an answer", Answered, false },
        { "half is left", Answered with { Limit = 10, Remaining = 5, ResetsIn = Seconds(1) }, true },
        { "more than half is left", Answered with { Limit = 10, Remaining = 6, ResetsIn = Seconds(1) }, false },
        { "nobody says until when", Answered with { Limit = 10, Remaining = 5 }, false },
    };

    [Theory, MemberData(nameof(News))]
    public void Others_are_told_what_matters_to_them(string rule, RateSignal signal, bool isNews) =>
        RateRules.IsNews(signal).ShouldBe(isNews, rule);
}
