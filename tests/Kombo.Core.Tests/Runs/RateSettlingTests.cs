using System.Collections.Immutable;
using Kombo.Core.Runs;

namespace Kombo.Core.Tests.Runs;

/// <summary>Three runs of one Integration at a source that allows so many requests a second and says so only by refusing, for ten
/// minutes: the rules played through, request by request, on a clock of their own.</summary>
public sealed class RateSettlingTests
{
    static readonly TimeSpan Played = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(2, 20)]
    [InlineData(10, 10)]
    [InlineData(10, 150)]
    [InlineData(100, 5)]
    public void The_rate_settles_near_what_the_source_allows(int perSecond, double milliseconds)
    {
        var source = new Source(perSecond, TimeSpan.FromMilliseconds(milliseconds));
        new Play(source).Run();

        source.RefusedAt.Count(at => at < TimeSpan.FromMinutes(1)).ShouldBeLessThanOrEqualTo(8, "until it has found the rate");
        source.RefusedAt.Count(at => at >= TimeSpan.FromMinutes(1)).ShouldBeLessThanOrEqualTo(12, "about one a minute, as it tries a little more");
        source.Answered.ShouldBeGreaterThan((int)(0.7 * perSecond * Played.TotalSeconds));
    }

    /// <summary>Counts in windows of a second.</summary>
    sealed class Source(int perSecond, TimeSpan takes)
    {
        TimeSpan window;
        int inWindow;

        public TimeSpan Takes => takes;

        public int Answered { get; private set; }

        public List<TimeSpan> RefusedAt { get; } = [];

        /// <returns>False: refused.</returns>
        public bool Ask(TimeSpan now)
        {
            if (now - window > TimeSpan.FromSeconds(1))
                (window, inWindow) = (now, 0);
            if (++inWindow > perSecond)
            {
                RefusedAt.Add(now);
                return false;
            }

            Answered++;
            return true;
        }
    }

    sealed class Play(Source source)
    {
        static readonly DateTimeOffset Began = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);
        static readonly TimeSpan Refusal = TimeSpan.FromSeconds(1); // Retry-After

        readonly ImmutableArray<Run> runs = [.. SyncTypeRules.Reading.Select(type => new Run(type))];
        RateState state = RateState.New(RateLimits.Default);

        public void Run()
        {
            for (var run = runs[0]; run.Next < Played; run = runs.MinBy(one => one.Next)!) // not null: there are three
            {
                var at = new RateMoment(state, RateLimits.Default, Began + run.Next);
                if (run.IsAsking)
                    End(run, at);
                else
                    Begin(run, at);
            }
        }

        void Begin(Run run, RateMoment at)
        {
            run.WaitingSince ??= run.Next;
            var others = runs.Where(other => other != run && (other.IsAsking || other.WaitingSince is not null));
            var turn = RateRules.Turn(at, run.At(run.Next), [.. others.Select(other => other.At(run.Next))]);
            if (!turn.IsNow)
            {
                run.Next += turn.Wait;
                return;
            }

            state = RateRules.Enter(at);
            (run.IsAsking, run.WaitingSince, run.IsRefused) = (true, null, !source.Ask(run.Next));
            run.Next += source.Takes;
        }

        void End(Run run, RateMoment at)
        {
            state = RateRules.After(at, new(run.IsRefused ? RateOutcome.Limited : RateOutcome.Answered)
            {
                Took = source.Takes,
                Wait = run.IsRefused ? Refusal : null,
                PerSecond = 1 / source.Takes.TotalSeconds,
            });
            run.IsAsking = false;
            run.Next += run.IsRefused ? Refusal : TimeSpan.FromMilliseconds(1);
        }
    }

    sealed class Run(SyncType type)
    {
        public TimeSpan Next { get; set; }

        public bool IsAsking { get; set; }

        public bool IsRefused { get; set; }

        public TimeSpan? WaitingSince { get; set; }

        public RateAsker At(TimeSpan now) => new(type, IsAsking, now - (WaitingSince ?? now));
    }
}
