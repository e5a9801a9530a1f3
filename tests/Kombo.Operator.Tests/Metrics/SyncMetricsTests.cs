using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Operator.Metrics;
using Kombo.Operator.Tests.Support;

namespace Kombo.Operator.Tests.Metrics;

/// <summary>What is counted follows from two statuses, the stored one and the new one.</summary>
public sealed class SyncMetricsTests
{
    static readonly DateTimeOffset Now = An.Morning;

    [Fact]
    public void A_run_is_counted_when_it_enters_history_and_never_again()
    {
        var before = new IntegrationStatus { History = [Run("a")] };
        var after = new IntegrationStatus { History = [Run("b"), Run("a")] };
        SyncMetrics.Ended(before, after).ShouldHaveSingleItem().RunId.ShouldBe("b");
        SyncMetrics.Ended(after, after).ShouldBeEmpty();
        SyncMetrics.Ended(new(), before).ShouldHaveSingleItem();
    }

    public static TheoryData<string, double, string?, double, long> Delays => new()
    {
        { "at once", 0, "10h", 0, 0 },
        { "a little late", 90, "10h", 90, 0 },
        { "the whole night late", 36_000, "1h", 36_000, 10 },
        { "before its time, by a clock that was set back", -5, "10h", 0, 0 },
        { "a frequency that is not known", 90, null, 90, 0 },
    };

    [Theory, MemberData(nameof(Delays))]
    public void A_start_is_as_late_as_its_due_time_is_past(string what, double late, string? frequency, double delay, long missed)
    {
        var started = SyncMetrics.Started(Seen(new()), Active(Now.AddSeconds(-late), frequency)).ShouldHaveSingleItem(what);
        started.Delay.TotalSeconds.ShouldBe(delay);
        started.Missed.ShouldBe(missed);
    }

    [Fact]
    public void A_start_without_a_due_time_is_not_late_and_one_that_goes_on_is_not_counted_again()
    {
        SyncMetrics.Started(Seen(new()), Active(slot: null, "10h")).ShouldBeEmpty();
        var going = Active(Now.AddSeconds(-90), "10h");
        SyncMetrics.Started(Seen(going), going).ShouldBeEmpty();
    }

    [Fact]
    public void A_job_from_before_a_crash_is_as_late_as_it_was_then()
    {
        var seen = Seen(new()) with
        {
            Jobs =
            [
                new ObservedJob { Name = "job", RunId = "run", Type = Core.Runs.SyncType.Full, Trigger = "Schedule" },
            ],
        };
        var written = Active(Now.AddSeconds(-90), "10h", started: Now.AddSeconds(-60));
        SyncMetrics.Started(seen, written).ShouldHaveSingleItem().Delay.TotalSeconds.ShouldBe(30);
    }

    static FinishedRun Run(string id) => new() { RunId = id, Type = "full", Trigger = "Schedule", Result = "Succeeded" };

    static IntegrationStatus Active(DateTimeOffset? slot, string? frequency, DateTimeOffset? started = null) => new()
    {
        Effective = new(frequency, null),
        Active = new(
            new ActiveRun { RunId = "run", JobName = "job", Trigger = "Schedule", Slot = slot, StartTime = started ?? Now }, null),
    };

    static Observation Seen(IntegrationStatus status) => new()
    {
        Integration = new() { Namespace = "hr", Name = "acme", Uid = "uid", Spec = new(), Status = status },
        Schedule = ObservedSchedule.BuiltIn,
        Now = Now,
    };
}
