using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Cluster;
using Kombo.Operator.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests.Cluster;

/// <summary>Never two active Jobs of one type, and no list for a start.</summary>
public sealed class StartedJobsTests
{
    [Fact]
    public async Task A_start_asks_for_no_list_of_Jobs()
    {
        await using var harness = await StartAsync();
        await harness.MarkAsync("marker");
        var before = harness.Client.JobLists;
        for (var i = 0; i < 5; i++)
            await harness.CreateAsync(name: $"acme-{i}");
        await harness.UntilJobsAsync(5);
        harness.Client.JobLists.ShouldBe(before);
    }

    [Fact]
    public async Task A_Job_whose_creation_got_no_answer_is_looked_for_before_another_one_is_made()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync(spec => spec with { Sync = new(new("1h"), new("8760h")) });
        await harness.FinishAsync((await harness.UntilJobsAsync(1))[0]);
        await harness.UntilAsync(status => status.Full?.LastSyncTime is not null);
        await harness.StopOperatorAsync();
        // The token comes while the Job of the slot is made: another name would be made for it, were that not known.
        var client = new FaultyClient(harness.Cluster) { LosesAnswers = 1, BlindToJobs = true };
        client.RefuseJob = _ =>
        {
            client.RefuseJob = _ => null;
            harness.AnnotateAsync(Annotations.RequestedAt, "please").GetAwaiter().GetResult();
            return null;
        };
        harness.Clock.Advance(TimeSpan.FromHours(1));
        await harness.StartOperatorAsync(client);
        var status = await harness.UntilAsync(
            status => status is { Active.Full: not null, LastRequest.Result: "Pending" }, step: TimeSpan.FromSeconds(1));
        status.Active!.Full!.Trigger.ShouldBe("Schedule");
        client.LostAnswers.ShouldBe(1);
        (await harness.JobsAsync()).Count(job => job.Status?.Conditions is null).ShouldBe(1);
    }

    [Fact]
    public async Task A_Job_that_came_and_went_between_two_lists_is_missed_within_a_minute()
    {
        await using var harness = await PrepareAsync();
        await harness.StartOperatorAsync(new(harness.Cluster) { BlindToJobs = true });
        await harness.CreateAsync();
        await harness.UntilAsync(status => status.Active?.Full is not null);
        await harness.Cluster.DeleteAsync<V1Job>(
            (await harness.JobsAsync())[0].Name(), Namespace, DeleteOptions.Background, CancellationToken.None);
        await harness.MarkAsync("marker");
        await harness.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await harness.UntilAsync(status => status.Full?.LastResult is not null)).Full!.LastResult.ShouldBe("Lost");
    }

    [Fact]
    public async Task What_is_in_the_store_of_the_API_server_is_known_and_what_is_not_is_forgotten()
    {
        await using var harness = await PrepareAsync();
        var integration = await harness.CreateAsync();
        var made = await harness.Cluster.CreateAsync(An.Job(integration), CancellationToken.None);
        var options = Options.Create(new OperatorOptions());
        var view = new ClusterView(harness.Cluster, options, harness.Clock, NullLoggerFactory.Instance);
        var started = new StartedJobs(
            view, harness.Cluster, options, harness.Clock, NullLogger<StartedJobs>.Instance);
        await started.LoadAsync(CancellationToken.None);
        (await FindAsync()).ShouldBe([made.Name()]);
        started.Expect(An.Job(integration, An.Run with { JobName = "never-made" }));
        (await FindAsync()).ShouldBe([made.Name()]);
        started.Shown(made);
        (await FindAsync()).ShouldBeEmpty("the informer's copy has it");

        async Task<IEnumerable<string>> FindAsync() =>
            (await started.FindAsync(integration, CancellationToken.None)).Select(job => job.Name());
    }

    [Fact]
    public async Task Jobs_of_the_leader_before_are_known_although_the_copies_do_not_show_them()
    {
        await using var harness = await PrepareAsync();
        await harness.StartOperatorAsync(new(harness.Cluster));
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.UntilAsync(status => status.Active?.Full is not null);
        await harness.StopOperatorAsync();
        // As if the leader had died between the Job and the status.
        await harness.Cluster.PatchStatusAsync<V1Alpha1Integration>(
            "acme", Namespace, V1Patch.Merge("""{"status":{"active":null,"full":null}}"""), new("test"), CancellationToken.None);
        await harness.AnnotateAsync(Annotations.RequestedAt, "please");
        await harness.StartOperatorAsync(new(harness.Cluster) { BlindToJobs = true });
        var status = await harness.UntilAsync(status => status.Active?.Full is not null);
        status.Active!.Full!.JobName.ShouldBe(job.Name());
        (await harness.JobsAsync()).ShouldHaveSingleItem();
    }
}
