using System.Text.Json.Nodes;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Tests.Cluster;

public sealed class AtomicMapTests : IDisposable
{
    readonly TestCluster cluster = new();

    public void Dispose() => cluster.Dispose();

    [Fact]
    public async Task An_apply_sets_an_atomic_object_as_a_whole_and_takes_it_away_as_a_whole()
    {
        await cluster.Client.CreateAsync(
            new V1Alpha1Integration
            {
                Metadata = new V1ObjectMeta { Name = "acme", NamespaceProperty = "default" },
                Spec = new() { Connector = "sandbox" },
            },
            CancellationToken.None);

        var both = await ApplyAsync("""{"full":{"nextSyncTime":"2026-01-05T10:00:00Z","lastSyncTime":"2026-01-05T09:00:00Z"}}""");
        both.Status!.Full!.LastSyncTime.ShouldNotBeNull();
        var one = await ApplyAsync("""{"full":{"nextSyncTime":"2026-01-05T11:00:00Z"}}""");
        one.Status!.Full!.LastSyncTime.ShouldBeNull();
        one.Status.Full.NextSyncTime!.Value.Hour.ShouldBe(11);
        var none = await ApplyAsync("""{"integrationId":"sandbox:x"}""");
        none.Status!.Full.ShouldBeNull();
    }

    Task<V1Alpha1Integration> ApplyAsync(string status) => cluster.Client.PatchStatusAsync<V1Alpha1Integration>(
        "acme", "default",
        V1Patch.Apply(new JsonObject
        {
            ["apiVersion"] = "kombo.dev/v1alpha1",
            ["kind"] = "Integration",
            ["metadata"] = new JsonObject { ["name"] = "acme", ["namespace"] = "default" },
            ["status"] = JsonNode.Parse(status),
        }),
        new PatchOptions(FieldManagers.Operator, Force: true), CancellationToken.None);
}
