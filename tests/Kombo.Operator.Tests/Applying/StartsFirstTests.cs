using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Applying;
using Kombo.Operator.Tests.Support;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests.Applying;

public sealed class StartsFirstTests
{
    const int Count = 2 * StartsFirst.Many;
    const int AtOnce = 8; // reconciles

    static readonly IntegrationStatus Stored = new()
    {
        IntegrationId = "scim:1",
        Identity = "scim a",
        SyncedScope = "hris_teams=3:7",
        ObservedGeneration = 1,
    };
    static readonly ObservedIntegration Seen = new()
    {
        Namespace = "hr",
        Name = "acme",
        Uid = "uid",
        Generation = 1,
        Spec = new(),
        Status = Stored,
    };
    static readonly StartRun OnSchedule = An.Run with { Trigger = Triggers.Schedule };
    static readonly Plan Start = PlanOf(new Decision.StartRun(OnSchedule), new Decision.Publish(new(false, "SyncStarted", "Sync", "")));

    [Fact]
    public async Task Syncs_that_fall_due_together_all_start_before_their_statuses_tell_of_them()
    {
        await using var harness = await StartAsync(options => options.MaxActiveSyncs = 10 * Count);
        await harness.CreateScheduleAsync(
            "default", new() { JitterPercent = 0, MaxActiveSyncs = 10 * Count, Full = new("1h", "1h", null), Delta = new("1h", null) });
        var names = Enumerable.Range(0, Count).Select(index => $"acme-{index}").ToArray();
        foreach (var name in names)
            await harness.CreateAsync(name: name);
        foreach (var job in await harness.UntilJobsAsync(Count))
            await harness.FinishAsync(job);
        foreach (var name in names)
            await harness.UntilAsync(status => status is { Active: null, Full.LastSyncTime: not null }, name);
        await harness.StopOperatorAsync();
        harness.Clock.Advance(TimeSpan.FromHours(2)); // full and delta are due

        int? started = null;
        await harness.StartOperatorAsync(new(harness.Cluster)
        {
            OnStatus = async kind => started ??=
                kind == typeof(V1Alpha1Integration) ? (await RunningAsync(harness)).Count : null,
        });
        foreach (var name in names)
            await harness.UntilAsync(status => status.Active is { Full: not null, Delta: not null }, name);
        started!.Value.ShouldBeGreaterThanOrEqualTo(2 * (Count - StartsFirst.Many - AtOnce));
        (await RunningAsync(harness)).Count.ShouldBe(2 * Count);
    }

    [Fact]
    public void A_status_waits_only_where_many_integrations_do() => new[]
    {
        StartsFirst.CanStatusWait(Start, Seen, StartsFirst.Many),
        StartsFirst.CanStatusWait(Start, Seen, StartsFirst.Many - 1),
        StartsFirst.CanStatusWait(PlanOf(), Seen, StartsFirst.Many),
    }.ShouldBe([true, false, false]);

    public static TheoryData<string> MustBeStored => [.. Unfit.Keys];

    static ActiveRun Known => new() { RunId = "run", JobName = "acme-delta", Trigger = Triggers.Schedule };

    static FinishedRun Past => new() { RunId = "past", Type = "full", Trigger = Triggers.Schedule, Result = "Succeeded" };

    static readonly Dictionary<string, Plan> Unfit = new()
    {
        ["a request by annotation"] = PlanOf(new Decision.StartRun(OnSchedule with { Token = "a" })),
        ["a run beside the schedule"] = PlanOf(new Decision.StartRun(OnSchedule with { Slot = null })),
        ["a purge"] = PlanOf(new Decision.StartRun(OnSchedule with { Type = SyncType.Purge })),
        ["a request of the API"] = PlanOf(new Decision.AcceptRequest("run", "FULL", "full"), new Decision.StartRun(OnSchedule)),
        ["a Job that goes"] = PlanOf(new Decision.StartRun(OnSchedule), new Decision.DeleteJob("old")),
        ["the source that is bound"] = Start with { Status = Stored with { Identity = "scim b" } },
        ["the id that is bound"] = Start with { Status = Stored with { IntegrationId = "scim:2" } },
        ["credentials that get a new chance"] =
            Start with { Status = Stored with { CredentialsFailure = new(An.Morning, "1", 1) } },
        ["a scope that has become narrower"] = Start with { Status = Stored with { SyncedScope = "hris_teams=3:1" } },
        ["a run that ended before"] = Start with { Status = Stored with { History = [Past] } },
        ["another run that is known no more"] = Start with { Status = Stored with { Active = new(null, Known) } },
    };

    [Fact]
    public void An_edit_that_was_not_looked_at_before_is_stored_at_once() =>
        StartsFirst.CanStatusWait(Start, Seen with { Generation = 2 }, StartsFirst.Many).ShouldBeFalse();

    [Fact]
    public void Beside_a_run_that_is_known_a_status_may_wait() => StartsFirst.CanStatusWait(
        Start with { Status = Stored with { Active = new(Known, Known) } },
        Seen with { Status = Stored with { Active = new(null, Known) } },
        StartsFirst.Many).ShouldBeTrue();

    [Theory]
    [MemberData(nameof(MustBeStored))]
    public void What_only_the_look_that_starts_a_run_knows_is_stored_at_once(string what) =>
        StartsFirst.CanStatusWait(Unfit[what], Seen, StartsFirst.Many).ShouldBeFalse();

    static Plan PlanOf(params Decision[] steps) =>
        new([.. steps], Stored, Reasons.Progressing, WakeAt: null) { Explanation = "" };

    static async Task<List<V1Job>> RunningAsync(OperatorHarness harness) =>
        [.. (await harness.JobsAsync()).Where(job => job.Status?.Conditions is null)];
}
