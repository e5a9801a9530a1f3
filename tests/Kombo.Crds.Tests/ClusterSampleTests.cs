using System.Text.Json.Nodes;
using Kombo.Crds.Manifests;
using Kombo.Crds.Schema;
using Kombo.Testing;

namespace Kombo.Crds.Tests;

/// <summary>The real API server and our validator give the same verdict.</summary>
[Trait("Level", "cluster")]
public sealed class ClusterSampleTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>, IAsyncLifetime
{
    public static TheoryData<string> Samples =>
        [.. Sample.In("valid").Concat(Sample.In("invalid")).Select(sample => sample.Name)];

    public static TheoryData<string> Oddities =>
    [
        "{connector: a, suspend: null}",
        "{connector: null, connectorFrom: {configMapKeyRef: {name: a, key: b}}}",
        "{connector: a, deletionGuard: {minRecords: 2.0}}",
        "{connector: a, deletionGuard: {minRecords: 2.5}}",
        "{connector: \"a\\n\"}",
        "{connector: a, unknown: 1}",
        "{connector: a, scope: {models: [null]}}",
        "{connector: a, scope: {models: [{name: hris_teams, include: [null]}]}}",
        "{connector: a, parameters: {x: null}}",
        "{connector: [a]}",
    ];

    public async Task InitializeAsync()
    {
        if (Requirements.SkipReason(Need.ControlPlane) is not null)
            return;
        await cluster.KubectlAsync(
            "apply", "--validate=false", "-f", RepositoryRoot.Combine("crds", "integrations.yaml"),
            "-f", RepositoryRoot.Combine("crds", "syncschedules.yaml"));
        await cluster.KubectlAsync(
            "wait", "--for=condition=Established", "crd/integrations.kombo.dev", "crd/syncschedules.kombo.dev");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [RequiresTheory(Need.ControlPlane), MemberData(nameof(Samples))]
    public async Task A_sample_gets_the_verdict_that_its_schema_gives(string name)
    {
        var sample = Sample.Find(name);
        var refusal = await RefusalAsync(sample.Entity);
        if (sample.RefusedBy == "operator")
            return; // accepted without CEL, refused with it
        (refusal is null).ShouldBe(sample.RefusedBy is null, refusal);
    }

    [RequiresTheory(Need.ControlPlane), MemberData(nameof(Oddities))]
    public async Task Server_and_validator_agree_on_oddities(string spec)
    {
        var entity = new JsonObject
        {
            ["apiVersion"] = "kombo.dev/v1alpha1",
            ["kind"] = "Integration",
            ["metadata"] = new JsonObject { ["name"] = "odd" },
            ["spec"] = ManifestReader.Read(spec).Single(),
        };
        var refusal = await RefusalAsync(entity);
        var errors = SchemaValidator.Of<V1Alpha1Integration>().Validate(entity);
        errors.IsEmpty.ShouldBe(
            refusal is null, $"server: {refusal ?? "accepted"}; validator: {string.Join("; ", errors)}");
    }

    // As raw JSON: our types cannot even express what is malformed.
    async Task<string?> RefusalAsync(JsonObject entity)
    {
        var plural = entity["kind"]!.GetValue<string>() == "Integration" ? "integrations" : "syncschedules";
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, entity.ToJsonString());
            await cluster.KubectlAsync(
                "create", "--raw", $"/apis/kombo.dev/v1alpha1/namespaces/default/{plural}?dryRun=All", "-f", file);
            return null;
        }
        catch (InvalidOperationException exception) when (
            exception.Message.Contains("is invalid", StringComparison.Ordinal))
        {
            return exception.Message;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
