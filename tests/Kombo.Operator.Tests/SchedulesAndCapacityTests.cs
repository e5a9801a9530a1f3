using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests;

public sealed class SchedulesAndCapacityTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task No_more_syncs_run_than_the_schedule_allows_and_the_end_of_one_lets_the_next_begin()
    {
        await using var harness = await StartAsync();
        await harness.CreateScheduleAsync("default", new() { MaxActiveSyncs = 1 });
        for (var i = 0; i < 3; i++)
            await harness.CreateAsync(name: $"acme-{i}");
        for (var ended = 0; ended < 3; ended++)
        {
            await Eventually.BecomesAsync(
                async () => await WaitingAsync(harness) == 2 - ended && (await RunningAsync(harness)).Count == 1, Deadline);
            await harness.FinishAsync((await RunningAsync(harness))[0]);
        }
    }

    [Fact]
    public async Task The_most_overdue_one_goes_first_and_says_for_what_it_waits()
    {
        await using var harness = await StartAsync();
        await harness.CreateScheduleAsync("default", new() { MaxActiveSyncs = 1 });
        foreach (var name in new[] { "first", "zulu", "alpha" })
        {
            await harness.CreateAsync(name: name);
            await harness.UntilAsync(status => status.Conditions is not null, name);
            harness.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        (await harness.UntilAsync(status => status.Conditions is not null, "zulu")).Find(ConditionTypes.Synchronizing)!
            .Message.ShouldContain("all 1 syncs that SyncSchedule \"default\" allows");
        await harness.FinishAsync((await RunningAsync(harness)).ShouldHaveSingleItem());
        await harness.UntilAsync(status => status.Active?.Full is not null, "zulu");
        (await harness.GetAsync("alpha")).Status!.Active.ShouldBeNull();
    }

    [Fact]
    public async Task A_full_that_lets_a_delta_go_first_leaves_its_room_to_others()
    {
        await using var harness = await StartAsync();
        await harness.CreateScheduleAsync("default", new() { MaxActiveSyncs = 1 });
        await harness.CreateAsync(name: "one");
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.CreateAsync(name: "two");
        await harness.UntilAsync(
            status => status.Text(ConditionTypes.Synchronizing) == "False/WaitingForCapacity", "two");
        await harness.ReportAsync(job, new()
        {
            RunId = job.GetAnnotation(JobAnnotations.RunId)!,
            Phase = RunPhase.Paused,
        });
        await harness.UntilAsync(status => status.Active?.Full is not null, "two");
    }

    [Fact]
    public async Task The_operators_own_limit_holds_over_all_schedules()
    {
        await using var harness = await StartAsync(options => options.MaxActiveSyncs = 1);
        await harness.CreateScheduleAsync("other", new());
        await harness.CreateAsync(name: "one");
        await harness.CreateAsync(spec => spec with { ScheduleRef = new("other") }, "two");
        await Eventually.BecomesAsync(
            async () => await WaitingAsync(harness) == 1 && (await RunningAsync(harness)).Count == 1, Deadline);
    }

    [Fact]
    public async Task A_schedule_counts_its_users()
    {
        await using var harness = await StartAsync();
        await harness.CreateScheduleAsync("default", new() { MaxActiveSyncs = 1 });
        await harness.CreateAsync(name: "one");
        await harness.CreateAsync(name: "two");
        await harness.CreateAsync(spec => spec with { Suspend = true }, "three");
        var status = await UntilAsync(
            harness, "default", status => status is { Integrations: 3, Active: 1, Waiting: 1 });
        status.Conditions!.Value.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            ready => ready.Type.ShouldBe("Ready"), ready => ready.Status.ShouldBe("True"));
    }

    [Fact]
    public async Task An_invalid_schedule_and_its_users_say_which_field_it_is_and_heal()
    {
        await using var harness = await StartAsync();
        await harness.CreateScheduleAsync("default", new() { Delta = new("500ms", null) });
        await harness.CreateAsync();
        var status = await UntilAsync(harness, "default", status => status.Conditions is not null);
        status.Conditions!.Value.Select(condition => $"{condition.Type}={condition.Status}/{condition.Reason}")
            .ShouldBe(["Ready=False/InvalidSchedule", "Stalled=True/InvalidSchedule"]);
        status.Conditions.Value[0].Message.ShouldContain("spec.delta.frequency");
        (await harness.UntilAsync(status => status.Conditions is not null))
            .Find(ConditionTypes.Ready)!.Message.ShouldContain("spec.delta.frequency");
        await harness.Cluster.PatchAsync<V1Alpha1SyncSchedule>(
            "default", Namespace, V1Patch.Merge("""{"spec":{"delta":{"frequency":"15m"}}}"""), new("kubectl"), CancellationToken.None);
        await harness.UntilAsync(status => status.Active?.Full is not null);
        await UntilAsync(harness, "default", status => status.Conditions!.Value.Length == 1);
    }

    [Fact]
    public async Task A_changed_frequency_reaches_the_integrations_at_once()
    {
        await using var harness = await StartAsync();
        await harness.CreateScheduleAsync("default", new() { Full = new("3h", "3h", null) });
        await harness.CreateAsync();
        await harness.UntilAsync(status => status.Effective?.Full == "3h");
        await harness.Cluster.PatchAsync<V1Alpha1SyncSchedule>(
            "default", Namespace, V1Patch.Merge("""{"spec":{"full":{"frequency":"4h","frequencyWithDelta":"4h"}}}"""), new("kubectl"), CancellationToken.None);
        await harness.UntilAsync(status => status.Effective?.Full == "4h");
    }

    static Task<SyncScheduleStatus> UntilAsync(
        OperatorHarness harness, string name, Func<SyncScheduleStatus, bool> condition) =>
        Eventually.GetsAsync(
            async () =>
            {
                harness.Clock.Advance(TimeSpan.FromMilliseconds(200)); // users are counted once a second
                var schedule = await harness.Cluster.GetAsync<V1Alpha1SyncSchedule>(
                    name, Namespace, CancellationToken.None);
                return schedule?.Status is { } status && condition(status) ? status : null;
            },
            Deadline);

    static async Task<int> WaitingAsync(OperatorHarness harness) =>
        (await harness.Cluster.ListAsync<V1Alpha1Integration>(Namespace, ListOptions.All, CancellationToken.None)).Items
            .Count(integration => integration.Status?.Text(ConditionTypes.Synchronizing) == "False/WaitingForCapacity");

    static async Task<List<V1Job>> RunningAsync(OperatorHarness harness) =>
        [.. (await harness.JobsAsync()).Where(job => job.Status?.Conditions is null)];
}
