using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Testing;
using Kombo.Worker.Progress;

namespace Kombo.Worker.Tests.Cluster;

public sealed class KubernetesProgressSinkTests(ControlPlaneFixture plane) : IClassFixture<ControlPlaneFixture>
{
    [RequiresFact(Need.ControlPlane)]
    public async Task Full_and_delta_report_beside_each_other_and_a_later_report_replaces_an_earlier_one()
    {
        await using var space = await TestNamespace.CreateAsync(plane);
        var integration = await CreateAsync(space);
        var full = Sink(space, integration, SyncType.Full);
        var delta = Sink(space, integration, SyncType.Delta);
        await full.ReportAsync(new() { RunId = "f", Phase = RunPhase.Waiting, WaitingFor = "the source", Records = 10 }, default);
        await delta.ReportAsync(new() { RunId = "d", Phase = RunPhase.Fetching, Records = 3 }, default);
        await full.ReportAsync(new() { RunId = "f", Phase = RunPhase.Fetching, Records = 20 }, default);
        var progress = (await ReadAsync(space))?.Status?.Progress;
        progress.ShouldBe(new PerType<RunProgress>(
            new() { RunId = "f", Phase = RunPhase.Fetching, Records = 20 },
            new() { RunId = "d", Phase = RunPhase.Fetching, Records = 3 }));
    }

    [RequiresFact(Need.ControlPlane)]
    public async Task An_integration_that_was_deleted_and_made_again_takes_no_report_of_the_old_worker()
    {
        await using var space = await TestNamespace.CreateAsync(plane);
        var old = await CreateAsync(space);
        await space.Client.DeleteAsync<V1Alpha1Integration>("acme", space.Name, DeleteOptions.Background, default);
        var sink = Sink(space, old, SyncType.Full);
        (await Should.ThrowAsync<InvalidOperationException>(() => sink.ReportAsync(new() { RunId = "f" }, default)))
            .Message.ShouldContain($"with uid {old.Uid()} takes no report");
        (await ReadAsync(space)).ShouldBeNull("a report creates nothing");

        await Sink(space, await CreateAsync(space), SyncType.Delta).ReportAsync(new() { RunId = "d" }, default);
        await Should.ThrowAsync<InvalidOperationException>(() => sink.ReportAsync(new() { RunId = "f" }, default));
        (await ReadAsync(space)).ShouldNotBeNull().Status?.Progress.ShouldBe(new PerType<RunProgress>(null, new() { RunId = "d" }));
    }

    static Task<V1Alpha1Integration?> ReadAsync(TestNamespace space) =>
        space.Client.GetAsync<V1Alpha1Integration>("acme", space.Name, default);

    static KubernetesProgressSink Sink(TestNamespace space, V1Alpha1Integration integration, SyncType type) => new(
        space.Client,
        new RunRequest
        {
            RunId = "r",
            Type = type,
            Trigger = "Manual",
            Namespace = space.Name,
            Name = integration.Name(),
            Uid = integration.Uid(),
            IntegrationId = "sandbox:1",
        });

    async Task<V1Alpha1Integration> CreateAsync(TestNamespace space)
    {
        await TestNamespace.InstallKindsAsync(plane);
        await space.Client.CreateAsync(
            new V1Alpha1Integration
            {
                Metadata = new() { Name = "acme", NamespaceProperty = space.Name },
                Spec = new() { Connector = "sandbox" },
            },
            default);
        // The operator has written a status before it starts a worker.
        return await space.Client.PatchStatusAsync<V1Alpha1Integration>(
            "acme", space.Name, V1Patch.Merge("""{"status":{"observedGeneration":1}}"""), PatchOptions.None, default);
    }
}
