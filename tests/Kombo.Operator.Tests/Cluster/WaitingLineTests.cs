using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Kubernetes;
using Kombo.Operator.Cluster;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;

namespace Kombo.Operator.Tests.Cluster;

public sealed class WaitingLineTests
{
    readonly ManualClock clock = new(An.Morning);
    readonly WaitingLine line;

    public WaitingLineTests() => line = new(clock);

    [Fact]
    public void The_most_overdue_one_is_first_over_all_schedules_within_the_room_of_each()
    {
        Wait("late", "busy", minutesAgo: 50);
        Wait("later", "other", minutesAgo: 40);
        Wait("latest", "other", minutesAgo: 30);
        Wait("young", "third", minutesAgo: 1);
        Take(all: 2, of: schedule => schedule == "busy" ? 0 : 1).ShouldBe(["later", "young"]);
        line.CountBefore(Place("young", "third", 1), 9).ShouldBe(0, "a schedule that is full keeps nobody else waiting");
        line.CountBefore(Place("new", "other", 0), 9).ShouldBe(2);
        line.CountBefore(Place("new", "other", 0), 1).ShouldBe(1, "no further than asked");
        line.CountBefore(Place("later", "other", 40), 9).ShouldBe(0);
    }

    [Fact]
    public void Who_was_woken_and_does_not_begin_lets_the_others_pass()
    {
        Wait("stuck", "one", minutesAgo: 50);
        Take(1, _ => 1).ShouldBe(["stuck"]);
        Take(1, _ => 1).ShouldBeEmpty("it is awake");
        line.CountBefore(Place("next", "one", 1), 9).ShouldBe(1);
        clock.Advance(TimeSpan.FromSeconds(10));
        line.CountBefore(Place("next", "one", 1), 9).ShouldBe(0);
    }

    [Fact]
    public void Who_was_woken_and_has_to_wait_on_is_woken_again_and_holds_nobody_else_awake()
    {
        Wait("first", "one", minutesAgo: 50);
        Wait("second", "one", minutesAgo: 40);
        Take(1, _ => 1).ShouldBe(["first"]);
        Take(1, _ => 1).ShouldBeEmpty("the room is the first one's");
        Wait("first", "one", minutesAgo: 50); // looked at, and the room was gone
        Take(1, _ => 1).ShouldBe(["first"]);
        line.Update(new("hr", "first"), "one", []); // it began
        Take(1, _ => 1).ShouldBe(["second"]);
    }

    [Fact]
    public void A_place_is_kept_while_it_waits_and_given_up_when_it_does_not()
    {
        Wait("asked", "one", minutesAgo: 5);
        Wait("asked", "one", minutesAgo: 0);
        line.CountBefore(Place("other", "one", 4), 9).ShouldBe(1, "it has waited for five minutes");
        line.Update(new("hr", "asked"), "one", []);
        line.CountBefore(Place("other", "one", 4), 9).ShouldBe(0);
        line.Schedules.ShouldBeEmpty();
    }

    void Wait(string name, string schedule, int minutesAgo) => line.Update(
        new("hr", name), schedule, [new WaitingSync(SyncType.Full, An.Morning.AddMinutes(-minutesAgo))]);

    IEnumerable<string> Take(int all, Func<string, int> of) =>
        line.Take(_ => all, (schedule, _) => of(schedule)).Select(place => place.Integration.Name);

    static Place Place(string name, string schedule, int minutesAgo) =>
        new(new NamespacedName("hr", name), schedule, SyncType.Full, An.Morning.AddMinutes(-minutesAgo));
}
