using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Kubernetes;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests;

/// <summary>What the API asks for by rows of the database.</summary>
public sealed class ApiRequestTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_request_is_served_by_the_run_that_was_promised_and_answered_when_that_is_over()
    {
        await using var harness = await SyncedAsync();
        await AskAsync(harness, "promised", "full");
        var run = (await harness.UntilAsync(status => status.Active?.Full is not null, step: Poll)).Active!.Full!;
        (run.RunId, run.Trigger).ShouldBe(("promised", "Manual"));
        harness.Registry.Asked["promised"].Accepted.ShouldBeTrue();
        await harness.FinishAsync((await harness.JobsAsync()).Single(job => job.Name() == run.JobName));
        await Eventually.BecomesAsync(() => !harness.Registry.Answers.IsEmpty, Deadline);
        harness.Registry.Answers.ShouldBe([new("promised", "Completed", null)]);
    }

    [Fact]
    public async Task A_failure_that_nobody_thought_of_does_not_end_the_reading()
    {
        await using var harness = await SyncedAsync();
        harness.Registry.Breaks = new ObjectDisposedException("a connection");
        await Eventually.BecomesAsync(
            () =>
            {
                harness.Clock.Advance(Poll);
                return harness.Registry.Breaks is null;
            },
            Deadline);
        await AskAsync(harness, "promised", "full");
        (await harness.UntilAsync(status => status.Active?.Full is not null, step: Poll)).Active!.Full!.RunId.ShouldBe("promised");
    }

    [Fact]
    public async Task One_that_became_stronger_after_it_was_read_is_read_again_before_its_run_begins()
    {
        await using var harness = await SyncedAsync();
        harness.Registry.BeforeAccept = () =>
            harness.Registry.Asked["promised"] = harness.Registry.Asked["promised"] with { Type = "full" };
        await AskAsync(harness, "promised", "default");
        var status = await harness.UntilAsync(status => status.Active is not null, step: Poll);
        status.Active!.Full!.RunId.ShouldBe("promised");
        status.Active.Full.JobName.ShouldContain("-full-m");
        (await harness.JobsAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_request_to_a_suspended_Integration_is_rejected()
    {
        await using var harness = await SyncedAsync();
        await harness.MergeAsync(new() { ["spec"] = new JsonObject { ["suspend"] = true } });
        await harness.UntilAsync(status => status.Text(ConditionTypes.Ready) == "True/Suspended");
        await AskAsync(harness, "promised", "full");
        await Eventually.BecomesAsync(
            () =>
            {
                harness.Clock.Advance(Poll);
                return !harness.Registry.Answers.IsEmpty;
            },
            Deadline);
        harness.Registry.Answers.ShouldBe([new("promised", "Rejected", "Suspended")]);
        (await harness.JobsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Switched_off_by_the_API_a_running_sync_ends_and_the_next_one_begins_when_switched_on()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync();
        var before = await harness.UntilAsync(status => status.Active?.Full is not null);
        var id = before.IntegrationId!;
        harness.Registry.Paused[id] = true;
        var paused = await harness.UntilAsync(
            status => status.Text(ConditionTypes.Ready) == "True/PausedByApi", step: Poll);
        paused.Active.ShouldBeNull();
        paused.History!.Value.ShouldHaveSingleItem().Result.ShouldBe("Cancelled");
        paused.Full!.ConsecutiveFailures.ShouldBeNull();
        (await harness.JobsAsync()).ShouldBeEmpty();
        harness.Registry.Closed.ShouldHaveSingleItem().RunId.ShouldBe(before.Active!.Full!.RunId);
        await Eventually.BecomesAsync(() => harness.Registry.Rows[id].State == "INACTIVE", Deadline);
        harness.Registry.Paused.Clear();
        var again = await harness.UntilAsync(status => status.Active?.Full is not null, step: Poll);
        again.Active!.Full!.RunId.ShouldNotBe(before.Active.Full.RunId, "that run is closed for good");
        harness.Registry.Rows[id].State.ShouldBe("ACTIVE");
    }

    [Fact]
    public async Task What_was_switched_off_before_the_operator_came_does_not_start()
    {
        await using var harness = await PrepareAsync();
        harness.Registry.Paused["scim:own"] = true;
        await harness.StartOperatorAsync(new(harness.Cluster));
        await harness.CreateAsync(spec => spec with { IntegrationId = "scim:own" });
        await harness.UntilAsync(status => status.Text(ConditionTypes.Ready) == "True/PausedByApi");
        (await harness.JobsAsync()).ShouldBeEmpty();
    }

    /// <summary>An Integration whose first sync is over.</summary>
    static async Task<OperatorHarness> SyncedAsync()
    {
        var harness = await StartAsync();
        await harness.CreateAsync();
        await harness.FinishAsync((await harness.UntilJobsAsync(1))[0]);
        await harness.UntilAsync(status => status.Full?.LastSyncTime is not null);
        return harness;
    }

    static async Task AskAsync(OperatorHarness harness, string runId, string type)
    {
        var id = (await harness.GetAsync()).Status!.IntegrationId!;
        harness.Registry.Asked[runId] = new(id, runId, type, Accepted: false);
    }
}
