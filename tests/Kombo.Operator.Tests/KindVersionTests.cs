using System.Text.Json.Nodes;
using Kombo.Kubernetes;
using Kombo.Operator.Tests.Support;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests;

/// <summary>The kinds in the cluster are of another version than the operator.</summary>
public sealed class KindVersionTests
{
    [Fact]
    public async Task Fields_of_a_newer_kind_are_left_alone_and_syncs_go_on()
    {
        await using var harness = await StartAsync(lenient: true);
        await harness.CreateAsync();
        await harness.UntilAsync(status => status.Active?.Full is not null);
        await harness.MergeAsync(new() { ["spec"] = new JsonObject { ["fromTheFuture"] = new JsonObject { ["x"] = 1 } } });
        var generation = (await harness.GetAsync()).Generation();
        await harness.UntilAsync(status => status.ObservedGeneration == generation);
        await harness.FinishAsync((await harness.JobsAsync()).ShouldHaveSingleItem());
        var status = await harness.UntilAsync(status => status.Full?.LastSyncTime is not null);
        status.Text("Ready").ShouldBe("True/Succeeded");
    }

    [Fact]
    public async Task An_older_kind_that_drops_parts_of_the_status_makes_no_loop_and_no_second_sync()
    {
        await using var harness = await StartAsync(prune: candidate =>
        {
            foreach (var unknown in new[] { "effective", "identity", "syncedScope", "credentialsFailure" })
                (candidate["status"] as JsonObject)?.Remove(unknown);
        });
        await harness.CreateAsync();
        await harness.FinishAsync((await harness.UntilJobsAsync(1))[0]);
        var status = await harness.UntilAsync(status => status.Full?.LastSyncTime is not null);
        status.SyncedScope.ShouldBeNull("this kind has no such field");
        await harness.MarkAsync("first-marker");
        var (reconciles, version) = (harness.Reconciles(), (await harness.GetAsync()).ResourceVersion());
        await harness.MarkAsync("second-marker");
        harness.Reconciles().ShouldBe(reconciles);
        (await harness.GetAsync()).ResourceVersion().ShouldBe(version);
        (await harness.JobsAsync()).ShouldHaveSingleItem();
    }
}
