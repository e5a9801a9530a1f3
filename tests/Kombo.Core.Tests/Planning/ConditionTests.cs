using Kombo.Core.Planning;
using Kombo.Core.Resources;
using static Kombo.Core.Runs.SyncType;

namespace Kombo.Core.Tests.Planning;

public class ConditionTests
{
    static ObservationBuilder Acme => An.Observation().Synced("00:00").Now("10:05");

    [Fact]
    public void Messages_name_the_field_and_the_remedy()
    {
        var plan = SyncPlanner.Decide(Acme.Schedule(new() { Full = new("soon", null, null) }).Build());
        var ready = Ready(plan);
        ready.Message.ShouldBe("SyncSchedule \"standard\": spec.full.frequency: \"soon\" is not a duration: write numbers with units "
            + "(ms, s, m, h), like 90s, 15m or 1h30m");
        plan.Explanation.ShouldContain(ready.Message);
    }

    public static TheoryData<string, string, string> Causes => new()
    {
        {
            "AuthenticationFailed", "standard",
            "lately with AuthenticationFailed: put credentials that the source accepts into Secret \"acme-hr\"; the next"
        },
        { "ConnectionFailed", "standard", "check that the source answers, and its address in spec.parameters" },
        { "RateLimited", "standard", "raise spec.sync.full.frequency" },
        { "DeadlineExceeded", "standard", "raise spec.activeDeadline.full of SyncSchedule \"standard\"" },
        { "DeadlineExceeded", "", "name a SyncSchedule with a longer activeDeadline.full in spec.scheduleRef" },
        { "TooManyConnections", "standard", "more connections or a pooler" },
        { "OutOfMemory", "standard", "raise spec.jobTemplate.resources.limits.memory" },
        { "Evicted", "standard", "priorityClassName" },
        { "Unschedulable", "standard", "nodeSelector" },
        { "ImagePullFailed", "standard", "WorkerImage" },
        { "ContainerCannotStart", "standard", "Secrets and ConfigMaps" },
        { "PodNotStarted", "standard", "what kubectl describe says" },
        { "SourceError", "standard", "see the message, and the log of the Job's pod" },
    };

    [Theory, MemberData(nameof(Causes))]
    public void Beyond_the_threshold_ready_names_cause_and_remedy(string reason, string schedule, string words)
    {
        var seen = Acme.Failing(Full, 12, "20:05").History(Full, "09:59", "Failed")
            .Spec(spec => spec with { Credentials = new(new LocalReference("acme-hr")) });
        seen = (schedule.Length > 0 ? seen.Schedule(new()) : seen).Status(status => status with
        {
            History = [status.History!.Value[0] with { Reason = reason, Message = "the source answered so" }],
        });
        var ready = Ready(seen);
        ready.Message.ShouldStartWith($"the last 12 full syncs failed, lately with {reason}: ");
        ready.Message.ShouldContain(words);
        ready.Message.ShouldEndWith("What it said: the source answered so");
    }

    [Fact]
    public void The_trouble_of_a_running_Job_is_in_its_message()
    {
        var plan = SyncPlanner.Decide(Acme.Running(Full, "10:00").LastJob(job => job with { FailureMessage = "pod \"x\" finds no node" }).Build());
        plan.Status.Conditions!.Value.Single(condition => condition.Type == ConditionTypes.Synchronizing).Message
            .ShouldBe("full sync job-full-10:00 (Schedule) since 2026-03-01T10:00:00Z, but pod \"x\" finds no node");
        plan.Explanation.ShouldContain("finds no node");
    }

    [Fact]
    public void The_transition_time_moves_only_with_the_status()
    {
        var before = new Condition("Ready", "True", "Succeeded", "") { LastTransitionTime = An.Time("01:00") };
        var seen = Acme.Status(status => status with { Conditions = [before] }).Generation(7);
        Ready(seen).ShouldSatisfyAllConditions(
            ready => ready.LastTransitionTime.ShouldBe(An.Time("01:00")), ready => ready.ObservedGeneration.ShouldBe(7));
        Ready(seen.Suspended()).LastTransitionTime.ShouldBe(An.Time("01:00"));
        Ready(seen.Problem("InvalidScope", true)).LastTransitionTime.ShouldBe(An.Time("10:05"));
    }
    [Fact]
    public void What_waits_for_capacity_says_for_which_limit_and_since_when()
    {
        var seen = Acme.Every("10h", "30m").Synced("00:00", "09:00").Capacity(0, 0).Build();
        var plan = SyncPlanner.Decide(seen with { Capacity = seen.Capacity with { WaitsFor = "all 20 are taken" } });
        plan.Waiting.ShouldBe([new(Full, An.Time("10:00")), new(Delta, An.Time("09:30"))]);
        plan.Status.Conditions!.Value.Single(condition => condition.Type == ConditionTypes.Synchronizing).Message.ShouldBe(
            "the full and the delta sync waits, because all 20 are taken; the most overdue one is next");
        SyncPlanner.Decide(An.Observation().Capacity(0, 0).Build()).Waiting
            .ShouldBe([new(Full, An.Time("08:00"))], "a first sync is due since the Integration was made");
    }

    [Fact]
    public void The_same_problem_is_told_once_and_many_are_cut()
    {
        Ready(Acme.Problem("InvalidScope", true).Problem("InvalidScope", true)).Message
            .ShouldBe("InvalidScope in words");
        var many = Enumerable.Range(0, 100).Aggregate(Acme, (seen, i) => seen.Problem($"InvalidScope{i}", true));
        SyncPlanner.Decide(many.Build()).Explanation.Length.ShouldBeLessThan(2048);
        Ready(many).Message.ShouldSatisfyAllConditions(
            text => text.Length.ShouldBe(1024),
            text => text.ShouldStartWith("InvalidScope0 in words; InvalidScope1 in words; "));
    }

    static Condition Ready(ObservationBuilder seen) => Ready(SyncPlanner.Decide(seen.Build()));

    static Condition Ready(Plan plan) =>
        plan.Status.Conditions!.Value.Single(condition => condition.Type == ConditionTypes.Ready);
}
