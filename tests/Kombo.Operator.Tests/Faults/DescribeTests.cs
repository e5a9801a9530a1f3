using System.Text.Json.Nodes;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Storage;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>Whatever goes wrong, <c>kubectl describe integration</c> explains it: what happened, what it means for the
/// syncs, and what to do; and when it is mended, syncs go on.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class DescribeTests(FaultPlane plane, ITestOutputHelper output) : DescribedStory(plane, output)
{
    [RequiresFact(FaultPlane.Needs)]
    public async Task Nonsense_that_is_edited_in_while_a_sync_runs_lets_it_end_and_starts_no_other()
    {
        await Story.CreateAsync();
        await Story.UntilRunsAsync(_ => true);
        await Story.MergeAsync(new() { ["spec"] = new JsonObject { ["connector"] = "bamboo" } });
        await DescribedAsync("Stalled", "spec.connector", "there is no built-in connector \"bamboo\"", "scim");
        Story.Status.Active!.Full.ShouldNotBeNull("what runs was right when it began");
        await Story.FinishAsync();
        await Story.Chronicle.UntilAsync(() => Story.Status is { Active: null, History: not null }, "it has ended");
        await DescribedAsync("Last Result:", "Succeeded", "there is no built-in connector \"bamboo\"");
        await Story.MergeAsync(new() { ["spec"] = new JsonObject { ["connector"] = "scim" } });
        await Story.UntilQuietAsync();
        Story.Chronicle.Jobs.Count.ShouldBe(1);
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_schedule_that_is_deleted_from_under_it()
    {
        await Plane.Client.CreateAsync(
            new V1Alpha1SyncSchedule { Metadata = new() { Name = "nightly", NamespaceProperty = Story.Namespace }, Spec = new() },
            CancellationToken.None);
        await Story.CreateAsync(spec => spec with { ScheduleRef = new("nightly") });
        await Story.UntilRunsAsync(_ => true);
        await KubectlAsync("delete", "syncschedule", "nightly", "-n", Story.Namespace);
        await DescribedAsync(
            "DependencyNotReady", "there is no SyncSchedule \"nightly\" in namespace", "create it, or take scheduleRef out");
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_Job_that_is_deleted_by_hand()
    {
        await Story.CreateAsync();
        await Story.UntilRunsAsync(_ => true);
        await KubectlAsync("delete", "jobs", "--all", "-n", Story.Namespace);
        await DescribedAsync("SyncLost", "is gone and nothing tells how the run ended", "is tried again at");
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_strangers_Job_of_the_same_name()
    {
        await Story.CreateAsync(spec => spec with { Suspend = true });
        await Story.Chronicle.UntilAsync(() => Story.Status.Conditions is not null, "it is seen");
        var name = JobNames.For("acme", "full", JobNames.InitialSlot, Story.Chronicle.Versions[0].Uid());
        await KubectlAsync(
            "create", "job", name, "--image=busybox", "-n", Story.Namespace);
        await Story.MergeAsync(new() { ["spec"] = new JsonObject { ["suspend"] = false } });
        await DescribedAsync("JobNameConflict", $"Job \"{name}\" exists and does not belong to this Integration", "delete or rename that Job");
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_Secret_that_is_missing_then_there_then_refused_then_rotated()
    {
        await KubectlAsync("delete", "secret", "acme-scim", "-n", Story.Namespace);
        await Plane.Client.CreateAsync(
            new V1Alpha1SyncSchedule
            {
                Metadata = new() { Name = V1Alpha1SyncSchedule.DefaultName, NamespaceProperty = Story.Namespace },
                Spec = new() { Retry = new("10h", "10h", null) }, // nothing but another Secret brings it forward
            },
            CancellationToken.None);
        await Story.CreateAsync();
        await DescribedAsync("CredentialsNotFound", "there is no Secret \"acme-scim\"", "create it, or correct the name");
        await KubectlAsync(
            "create", "secret", "generic", "acme-scim", "--from-literal=token=old", "-n", Story.Namespace);
        await Story.RequestAsync("now");
        await Story.UntilRunsAsync(_ => true);
        await Story.FailAsync(RunResult.AuthenticationFailed, "the source refuses the token (401)");
        await DescribedAsync("AuthenticationFailed", "the source refuses the token (401)");
        await Story.Chronicle.UntilAsync(() => Story.Status.CredentialsFailure is not null, "it is known which Secret was refused");
        await RestartAsync(Plane.Database, options => options.Resync = TimeSpan.FromSeconds(10)); // Secrets are not watched
        await KubectlAsync(
            "patch", "secret", "acme-scim", "-n", Story.Namespace, "--type=merge", """--patch={"stringData":{"token":"new"}}""");
        await Story.UntilRunsAsync(run => run.Trigger == "Retry");
        Story.Chronicle.Jobs.Count.ShouldBe(2);
        await Story.FinishAsync();
        await Story.Chronicle.UntilAsync(() => Story.Status.Full?.LastResult == "Succeeded", "it has recovered");
        Story.Status.CredentialsFailure.ShouldBeNull();
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_database_that_is_away()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var database = KomboDatabase.Open(server.ConnectionString, NullLoggerFactory.Instance);
        await database.MigrateAsync(CancellationToken.None);
        await RestartAsync(database);
        await Story.CreateAsync();
        await Story.UntilRunsAsync(_ => true);
        await server.StopAsync();
        await RestartAsync(database); // what it knew of the database is not asked for again at once
        await Story.RequestAsync("meanwhile");
        await DescribedAsync(
            "DatabaseUnavailable", "the operator's database does not answer", "it is tried again by itself", "check that the server runs");
        Story.Status.Active!.Full.ShouldNotBeNull("what runs is the worker's affair");
        Story.Chronicle.Jobs.Count.ShouldBe(1);
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_namespace_that_is_being_terminated()
    {
        await Story.CreateAsync();
        await Story.UntilRunsAsync(_ => true);
        // Keeps the namespace from going, so that there is time to look.
        await Story.MergeAsync(new()
        {
            ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray("test.kombo.dev/hold") },
        });
        await KubectlAsync("delete", "namespace", Story.Namespace, "--wait=false");
        await Story.Chronicle.UntilAsync(
            () => Story.Chronicle.Versions[^1].DeletionTimestamp() is not null
                && Story.Chronicle.Jobs.All(job => job.IsGone),
            "it goes, and its Job has gone");
        await DescribedAsync("Deletion Timestamp", "test.kombo.dev/hold", "Deleted", "nothing more starts", "metadata.finalizers");
        await Story.MergeAsync(new() { ["metadata"] = new JsonObject { ["finalizers"] = null } });
        await Eventually.BecomesAsync(
            async () => await Plane.Client.GetAsync<V1Namespace>(Story.Namespace, null, CancellationToken.None) is null,
            Deadline);
        Story.Chronicle.Jobs.Count.ShouldBe(1, "nothing more is made there");
    }
}
