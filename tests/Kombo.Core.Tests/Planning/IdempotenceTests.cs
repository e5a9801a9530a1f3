using Kombo.Core.Planning;

namespace Kombo.Core.Tests.Planning;

public class IdempotenceTests
{
    public static TheoryData<string, ObservationBuilderRow> Rows
    {
        get
        {
            var rows = new TheoryData<string, ObservationBuilderRow>();
            foreach (var row in ScheduleTests.Rules.Concat(RequestTests.Rules).Concat(RunTests.Rules).Concat(ObstacleTests.Rules)
                .Concat(ApiRequestTests.Rules).Concat(ClockTests.Rules).Concat(AdoptionTests.Rules))
                rows.Add((string)row[0], (ObservationBuilderRow)row[1]);
            return rows;
        }
    }

    /// <summary>So the shell can leave out the write, and no reconcile causes another one.</summary>
    [Theory, MemberData(nameof(Rows))]
    public void What_was_decided_and_done_is_not_decided_again(string rule, ObservationBuilderRow seen)
    {
        var before = seen.Build();
        var plan = SyncPlanner.Decide(before);
        var after = Applied.To(before, plan);
        var again = SyncPlanner.Decide(after);
        again.Steps.ShouldBeEmpty($"{rule}: {string.Join("; ", PlanText.Lines(again))}");
        StatusText.Of(again.Status).ShouldBe(StatusText.Of(plan.Status), rule);
        again.WakeAt.ShouldBe(plan.WakeAt, rule);
        again.Reason.ShouldBe(plan.Reason, rule);
    }

    /// <summary>The crash between a step and the status write.</summary>
    [Theory, MemberData(nameof(Rows))]
    public void A_Job_that_was_made_is_not_made_again_when_the_status_was_not_written(string rule, ObservationBuilderRow seen)
    {
        var before = seen.Build();
        var plan = SyncPlanner.Decide(before);
        var after = Applied.To(before, plan with { Status = before.Integration.Status });
        var again = SyncPlanner.Decide(after);
        again.Steps.OfType<Decision.StartRun>().ShouldBeEmpty(rule);
        again.Status.LastHandledReconcileAt.ShouldBe(plan.Status.LastHandledReconcileAt, rule);
        again.Status.Active.ShouldBe(plan.Status.Active, rule);
    }

    [Fact]
    public void Every_plan_of_the_tables_explains_itself()
    {
        foreach (var row in Rows)
            SyncPlanner.Decide(((ObservationBuilderRow)row[1]).Build()).Explanation.ShouldNotBeNullOrWhiteSpace((string)row[0]);
    }

    [Fact]
    public void Equal_statuses_have_equal_text_and_the_workers_part_is_not_in_it()
    {
        var one = SyncPlanner.Decide(An.Observation().Build()).Status;
        var other = SyncPlanner.Decide(An.Observation().Build()).Status;
        StatusText.AreEqual(one, other with { Progress = new(new() { RunId = "x" }, null) }).ShouldBeTrue();
        StatusText.AreEqual(one, other with { IntegrationId = "x" }).ShouldBeFalse();
        one.ShouldNotBe(other, "arrays compare by reference, hence the text");
    }
}
