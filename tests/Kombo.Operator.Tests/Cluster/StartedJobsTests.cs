using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests.Cluster;

/// <summary>Never two active Jobs of one type, and no list for a start.</summary>
public sealed class StartedJobsTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

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
        await using var harness = await PrepareAsync();
        var client = new FaultyClient(harness.Cluster) { LosesAnswers = 1, BlindToJobs = true };
        await harness.StartOperatorAsync(client);
        await harness.CreateAsync();
        await Eventually.BecomesAsync(() => client.LostAnswers == 1, Deadline);
        // Another name would be made for this, were the first Job not known.
        await harness.AnnotateAsync(Annotations.RequestedAt, "please");
        var status = await harness.UntilAsync(
            status => status.Active?.Full is not null, step: TimeSpan.FromSeconds(1));
        var job = (await harness.JobsAsync()).ShouldHaveSingleItem();
        status.Active!.Full!.JobName.ShouldBe(job.Name());
        status.Active.Full.Trigger.ShouldBe("Initial");
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
