using Kombo.Core.Planning;
using static Kombo.Core.Runs.SyncType;

namespace Kombo.Core.Tests.Planning;

public class RetentionTests
{
    [Fact]
    public void Jobs_of_three_successful_runs_and_one_failed_one_are_kept()
    {
        var seen = An.Observation().Synced("06:00");
        foreach (var time in new[] { "01:00", "02:00", "04:00", "06:00" })
            seen = seen.Job(Full, time).Ended(time).History(Full, time);
        foreach (var time in new[] { "03:00", "05:00" })
            seen = seen.Job(Full, time).Ended(time, succeeded: false).History(Full, time, "Failed");
        Deleted(seen).ShouldBe(["job-full-03:00", "job-full-01:00"]);
    }

    [Fact]
    public void A_Job_goes_with_its_history_entry() =>
        Deleted(An.Observation().Synced("08:00").Job(Full, "01:00").Ended("01:00").Job(Full, "06:00").Ended("06:00").History(Full, "06:00"))
            .ShouldBe(["job-full-01:00"]);

    [Fact]
    public void A_Job_whose_outcome_is_not_stored_yet_is_never_deleted()
    {
        var seen = An.Observation().Synced("01:00");
        foreach (var time in new[] { "04:00", "05:00", "06:00", "07:00", "08:00" })
            seen = seen.Job(Full, time).Ended(time);
        Deleted(seen).ShouldBeEmpty();
    }

    [Fact]
    public void Running_Jobs_are_never_deleted()
    {
        var seen = An.Observation().Synced("08:00").Running(Full, "07:00");
        foreach (var time in new[] { "04:00", "05:00", "06:00" })
            seen = seen.Job(Full, time).Ended(time).History(Full, time);
        Deleted(seen).ShouldBeEmpty();
    }

    static IEnumerable<string> Deleted(ObservationBuilder seen) =>
        SyncPlanner.Decide(seen.Build()).Steps.OfType<Decision.DeleteJob>().Select(step => step.JobName);
}
