using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Applying;
using Kombo.Operator.Tests.Support;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests;

/// <summary>The kinds in the cluster are of another version than the operator.</summary>
public sealed class KindVersionTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

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

    [Fact]
    public async Task A_status_that_an_older_kind_refuses_is_told_and_stored_when_it_is_let()
    {
        await using var harness = await PrepareAsync();
        var (refuses, refused) = (true, 0);
        await harness.StartOperatorAsync(new(harness.Cluster)
        {
            OnStatus = kind =>
            {
                if (kind != typeof(V1Alpha1Integration) || !Volatile.Read(ref refuses))
                    return Task.CompletedTask;
                Interlocked.Increment(ref refused);
                throw Refusal("status.history.type", "Unsupported value: \"full\": supported values: \"delta\"");
            },
        });
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1))[0];
        var told = await Testing.Eventually.GetsAsync(
            async () => (await EventsAsync(harness)).FirstOrDefault(found => found.Reason == Reasons.StatusRefused), Deadline);
        told.Type.ShouldBe("Warning");
        told.Note!.ShouldContain("status.history.type: Unsupported value: \"full\"");
        var before = Volatile.Read(ref refused);
        await harness.AdvanceAsync(TimeSpan.FromMinutes(5));
        (Volatile.Read(ref refused) - before).ShouldBeLessThan(8, "it is tried again each minute, not all the time");
        (await harness.JobsAsync()).ShouldHaveSingleItem().Name().ShouldBe(job.Name());

        Volatile.Write(ref refuses, false);
        await harness.UntilAsync(status => status.Active?.Full is not null, step: TimeSpan.FromSeconds(1));
        (await harness.JobsAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_status_that_is_refused_keeps_no_Integration_whose_data_is_gone()
    {
        await using var harness = await PrepareAsync();
        var refuses = false;
        await harness.StartOperatorAsync(new(harness.Cluster)
        {
            OnStatus = kind => kind != typeof(V1Alpha1Integration) || !Volatile.Read(ref refuses)
                ? Task.CompletedTask
                : throw Refusal("status.history.type", "Unsupported value: \"purge\": supported values: \"full\""),
        });
        await harness.CreateAsync(spec => spec with { DeletionPolicy = "Delete" });
        await harness.FinishAsync((await harness.UntilJobsAsync(1))[0]);
        await harness.UntilAsync(status => status.Full?.LastSyncTime is not null);
        await harness.Cluster.DeleteAsync<V1Alpha1Integration>("acme", Namespace, DeleteOptions.Background, CancellationToken.None);
        await harness.UntilAsync(status => status.Active?.Purge is not null);
        Volatile.Write(ref refuses, true);

        await harness.FinishAsync((await harness.JobsAsync()).Single(job => job.Name().Contains("-purge-", StringComparison.Ordinal)));

        await Testing.Eventually.BecomesAsync(
            async () => await harness.Cluster.GetAsync<V1Alpha1Integration>("acme", Namespace, CancellationToken.None) is null, Deadline);
    }

    [Fact]
    public void Of_what_the_server_says_only_the_beginning_is_told()
    {
        var note = RefusedStatus.Explain("Integration", Refusal("status", $"Invalid value: {new string('x', 5000)}"));
        note.Length.ShouldBeLessThan(500);
        note.ShouldContain("status: Invalid value: xxx");
        note.ShouldEndWith("…");
        RefusedStatus.Explain("Integration", new(new V1Status { Code = 422, Message = new('y', 5000) })).Length.ShouldBeLessThan(500);
    }

    [Theory]
    [InlineData(422, "Integration.kombo.dev \"acme\" is invalid", true)]
    [InlineData(500, "failed to create typed patch object: .status.effective: field not declared in schema", true)]
    [InlineData(500, "etcdserver: request timed out", false)]
    [InlineData(403, "field not declared in schema", false)]
    public void What_only_another_schema_mends_is_known_by_code_and_words(int code, string message, bool isRefusal) =>
        RefusedStatus.IsOne(new(new V1Status { Code = code, Message = message })).ShouldBe(isRefusal);

    static KubernetesException Refusal(string field, string message) => new(new V1Status
    {
        Code = 422,
        Reason = "Invalid",
        Message = "refused",
        Details = new() { Causes = [new() { Field = field, Message = message }] },
    });

    static async Task<IReadOnlyList<Eventsv1Event>> EventsAsync(OperatorHarness harness) =>
        (await harness.Cluster.ListAsync<Eventsv1Event>(Namespace, ListOptions.All, CancellationToken.None)).Items;
}
