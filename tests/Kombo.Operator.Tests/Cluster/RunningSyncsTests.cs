using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Cluster;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;

namespace Kombo.Operator.Tests.Cluster;

public sealed class RunningSyncsTests
{
    static readonly string Schedule = RunningSyncs.Schedule("hr", V1Alpha1SyncSchedule.DefaultName);

    readonly ManualClock clock = new(An.Morning);
    readonly RunningSyncs running;

    public RunningSyncsTests() => running = new(clock);

    [Fact]
    public void A_start_counts_from_its_decision_and_once()
    {
        running.Expect(NamespacedName.Of(An.Job()), Schedule, An.Run);
        running.All.ShouldBe((1, 0));
        running.Show(An.Job());
        running.Show(An.Job());
        (running.All, running.Of(Schedule), running.Of("hr/other")).ShouldBe(((1, 0), (1, 0), (0, 0)));
        clock.Advance(TimeSpan.FromHours(1));
        running.All.ShouldBe((1, 0), "it was shown, so it stays");
        running.Show(An.Job().Ended("Complete"));
        (running.All, running.Of(Schedule)).ShouldBe(((0, 0), (0, 0)));
    }

    [Fact]
    public void A_start_that_never_shows_is_forgotten()
    {
        running.Expect(NamespacedName.Of(An.Job()), Schedule, An.Run);
        clock.Advance(TimeSpan.FromSeconds(61));
        running.All.ShouldBe((0, 0));
    }

    [Fact]
    public void A_full_at_rest_takes_no_room_until_it_goes_on()
    {
        running.Show(An.Job());
        running.Rest(new("hr", "acme"), An.Run.RunId);
        running.All.ShouldBe((0, 0));
        running.Show(An.Job());
        running.All.ShouldBe((0, 0), "also when its Job is shown again");
        running.Rest(new("hr", "acme"), null);
        running.All.ShouldBe((1, 0));
        running.Rest(new("hr", "acme"), An.Run.RunId);
        running.Forget(NamespacedName.Of(An.Job()));
        running.Rest(new("hr", "acme"), null);
        running.All.ShouldBe((0, 0));
    }

    [Fact]
    public void A_delta_at_rest_takes_its_room()
    {
        running.Show(An.Job(run: An.Run with { Type = SyncType.Delta }));
        running.Rest(new("hr", "acme"), An.Run.RunId);
        running.All.ShouldBe((0, 1));
    }

    [Fact]
    public void A_Job_that_is_being_deleted_takes_none()
    {
        var job = An.Job();
        running.Show(job);
        running.Show(job with { Metadata = job.Metadata with { DeletionTimestamp = An.Morning } });
        running.All.ShouldBe((0, 0));
    }
}
