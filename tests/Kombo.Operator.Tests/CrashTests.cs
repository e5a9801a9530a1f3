using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests;

/// <summary>The operator dies at its nth write, for every n, before the request goes out and before the answer comes
/// in. A new one takes over. Whatever n is, each slot and each token gets exactly one Job.</summary>
public sealed class CrashTests
{
    const string Token = "please";

    [Fact]
    public async Task A_slot_gets_exactly_one_job_wherever_the_operator_dies()
    {
        var whole = await LiveAsync(write: 0, afterward: false);
        whole.ShouldBeGreaterThan(5);
        for (var write = 1; write <= whole; write++)
        {
            await LiveAsync(write, afterward: false);
            await LiveAsync(write, afterward: true);
        }
    }

    // Returns how many writes it took.
    static async Task<int> LiveAsync(int write, bool afterward)
    {
        var dead = $"dead at write {write}, {(afterward ? "afterward" : "before")}";
        await using var harness = await PrepareAsync();
        await harness.StartOperatorAsync(new(harness.Cluster) { DieAtWrite = write, DieAfterward = afterward });
        await harness.CreateAsync(spec => spec with { Sync = new(new("10h"), new("8760h")) });
        await UntilAsync(harness, status => status.Active?.Full is not null);
        await harness.FinishAsync((await harness.JobsAsync()).ShouldHaveSingleItem(dead));
        await UntilAsync(harness, status => status.Full?.LastSyncTime is not null);
        await harness.AnnotateAsync(Annotations.RequestedAt, Token);
        await UntilAsync(harness, status => status.LastHandledReconcileAt == Token && status.Active?.Full is not null);
        await harness.FinishAsync(
            (await harness.JobsAsync()).Single(job => job.GetAnnotation(JobAnnotations.RequestToken) == Token));
        var status = await UntilAsync(harness, status => status.LastRequest?.Result == "Completed");

        (await harness.JobsAsync()).Count.ShouldBe(2, dead);
        status.History!.Value.Length.ShouldBe(2, dead);
        status.Active?.Full.ShouldBeNull(dead);
        harness.Registry.Closed.ShouldBeEmpty($"no run was given up; {dead}");
        return harness.Client.Writes;
    }

    [Fact]
    public async Task A_job_from_before_the_crash_is_adopted_even_if_no_list_shows_it()
    {
        await using var harness = await PrepareAsync();
        const int JobCreation = 3; // after account and binding
        await harness.StartOperatorAsync(new(harness.Cluster) { DieAtWrite = JobCreation, DieAfterward = true });
        await harness.CreateAsync();
        await Eventually.BecomesAsync(() => harness.Client.IsDead, TimeSpan.FromSeconds(30));
        var job = (await harness.JobsAsync()).ShouldHaveSingleItem();
        await harness.StopOperatorAsync();
        await harness.StartOperatorAsync(new(harness.Cluster) { HidesJobs = true });
        (await harness.UntilAsync(status => status.Active?.Full is not null))
            .Active!.Full!.JobName.ShouldBe(job.Name());
        (await harness.JobsAsync()).Count.ShouldBe(1);
    }

    // A dead operator is replaced, as a Deployment would.
    static async Task<IntegrationStatus> UntilAsync(OperatorHarness harness, Func<IntegrationStatus, bool> condition)
    {
        IntegrationStatus? status = null;
        await Eventually.BecomesAsync(
            async () =>
            {
                if (harness.Client.IsDead)
                {
                    await harness.StopOperatorAsync();
                    await harness.StartOperatorAsync(new(harness.Cluster));
                }
                status = (await harness.GetAsync()).Status;
                return status is not null && condition(status);
            },
            TimeSpan.FromSeconds(60));
        return status!; // set before the condition held
    }
}
