using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Tests.Support;
using static Kombo.Operator.Tests.BadInputTests;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests;

/// <summary>Somebody sets the clock of the operator's machine.</summary>
public sealed class WallClockTests
{
    [Theory, InlineData(1), InlineData(-1)]
    public async Task A_wall_clock_that_is_set_by_an_hour_moves_no_slot_and_starts_it_once(int hours)
    {
        await using var harness = await StartAsync();
        var slot = (await SyncedAsync(harness, "10h")).Full!.NextSyncTime!.Value;
        await harness.AdvanceAsync(TimeSpan.FromHours(5));

        harness.Clock.StepWall(TimeSpan.FromHours(hours));

        await ShouldBeQuietAsync(harness);
        await harness.AdvanceAsync(slot - TimeSpan.FromMinutes(1) - harness.Clock.GetUtcNow());
        var waiting = (await harness.GetAsync()).Status!;
        (waiting.Active, waiting.History!.Value.Length).ShouldBe((null, 1), "its slot has not come by the wall clock");
        waiting.NextSyncTime.ShouldBe(slot);
        waiting.Find(ConditionTypes.Synchronizing)!.Message.ShouldContain($"{slot:yyyy-MM-ddTHH:mm:ssZ}");

        await harness.AdvanceAsync(TimeSpan.FromMinutes(1));
        await ShouldStartOnceAsync(harness, $"{slot:yyyy-MM-ddTHH:mm:ssZ}", TimeSpan.FromHours(10));
    }

    [Fact]
    public async Task A_wall_clock_that_is_set_over_several_slots_starts_one_sync_for_them()
    {
        await using var harness = await StartAsync();
        var slot = (await SyncedAsync(harness, "10m")).Full!.NextSyncTime!.Value;

        harness.Clock.StepWall(TimeSpan.FromHours(1));
        await harness.AdvanceAsync(TimeSpan.FromSeconds(30)); // so often the wall clock is looked at

        await ShouldStartOnceAsync(harness, $"{slot:yyyy-MM-ddTHH:mm:ssZ}", TimeSpan.FromMinutes(10));
        await ShouldBeQuietAsync(harness);
    }

    [Fact]
    public async Task A_wall_clock_that_is_set_back_by_more_than_a_frequency_holds_up_no_sync()
    {
        await using var harness = await StartAsync();
        var slot = (await SyncedAsync(harness, "30m")).Full!.NextSyncTime!.Value;

        harness.Clock.StepWall(TimeSpan.FromHours(-1));
        await harness.AdvanceAsync(TimeSpan.FromMinutes(10)); // so often everything is looked at

        await ShouldStartOnceAsync(harness, $"{slot:yyyy-MM-ddTHH:mm:ssZ}", TimeSpan.FromMinutes(30));
        await ShouldBeQuietAsync(harness);
    }

    static async Task<IntegrationStatus> SyncedAsync(OperatorHarness harness, string frequency)
    {
        await harness.CreateAsync(spec => spec with { Sync = new(new(frequency), new("8760h")) });
        await harness.FinishAsync((await harness.UntilJobsAsync(1))[0]);
        return await harness.UntilAsync(status => status is { Active: null, Full.LastSyncTime: not null });
    }

    // Its end counts by the clock as it is now.
    static async Task ShouldStartOnceAsync(OperatorHarness harness, string slot, TimeSpan frequency)
    {
        var run = (await harness.UntilAsync(status => status.Active?.Full is not null)).Active!.Full!;
        var job = (await harness.JobsAsync()).Single(job => job.Name() == run.JobName);
        job.GetAnnotation(JobAnnotations.ScheduledAt).ShouldBe(slot);
        await harness.FinishAsync(job);
        var status = await harness.UntilAsync(status => status.Active?.Full is null);
        status.History!.Value.Count(run => run.Type == "full").ShouldBe(2);
        status.Full!.LastSyncTime.ShouldBe(harness.Clock.GetUtcNow());
        status.NextSyncTime.ShouldBe(harness.Clock.GetUtcNow() + frequency);
        status.Text(ConditionTypes.Ready).ShouldBe("True/Succeeded");
    }
}
