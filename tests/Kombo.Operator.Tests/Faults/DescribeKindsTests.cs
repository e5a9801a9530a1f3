using System.Text.Json.Nodes;
using Kombo.Operator.Cluster;
using Kombo.Operator.Hosting;
using Kombo.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>The cluster's kinds are older or newer than the operator, or not there: it says so, and no sync runs twice for
/// it.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class DescribeKindsTests(FaultPlane plane, ITestOutputHelper output) : DescribedStory(plane, output)
{
    static readonly string Right = File.ReadAllText(RepositoryRoot.Combine("crds", "integrations.yaml"));
    static readonly string Older = Changed(Right, "enum: [Retain, Delete]", "enum: [Retain]");
    static readonly string WithoutValue = Changed(Older, "enum: [full, delta, purge, webhook]", "enum: [delta, purge, webhook]");
    static readonly string WithoutField = Changed(Older, "                effective:\n", "                effectively:\n");
    static readonly string Newer = Changed(Changed(
        Right, "                deletionPolicy:\n", "                later: {type: string, default: early}\n                deletionPolicy:\n"),
        "                effective:\n", "                later: {type: object, required: [a], properties: {a: {type: string}}}\n                effective:\n");
    static readonly string Unserved = Changed(Right, "served: true", "served: false");

    string Probe => Path.Combine(Path.GetTempPath(), $"kombo-probe-{Story.Namespace}.json");

    public override async Task DisposeAsync()
    {
        if (Requirements.SkipReason(FaultPlane.Needs) is null)
        {
            await ApplyAsync(Right, async () => await ProbeAsync() == "Delete ");
            File.Delete(Probe);
        }
        await base.DisposeAsync();
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task An_older_one_that_lacks_a_value()
    {
        await ApplyAsync(WithoutValue, async () => await ProbeAsync() is null);
        await Story.CreateAsync();
        await Story.UntilRunsAsync(_ => true);
        await Story.FinishAsync();
        await DescribedAsync(
            "StatusRefused", "the status cannot be stored, so that what it shows is old", "apply the operator's CustomResourceDefinitions",
            "Unsupported value: \"full\"");
        await Story.RequestAsync("meanwhile"); // it is looked at again, and knows the run by its Job
        await Story.Chronicle.UntilAsync(() => Story.Chronicle.Jobs.Count == 2, "the request is served");
        await Story.FinishAsync();
        await MendedAsync();
        Story.Status.History!.Value.Length.ShouldBe(2, "nothing is lost");
        Story.Chronicle.Jobs.Count.ShouldBe(2, "each sync ran once");
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task An_older_one_that_lacks_a_field()
    {
        await ApplyAsync(WithoutField, async () => await ProbeAsync() is null);
        await Story.CreateAsync();
        await DescribedAsync("StatusRefused", "apply the operator's CustomResourceDefinitions", "effective: field not declared in schema");
        await Story.Chronicle.UntilAsync(() => Story.Chronicle.Jobs.Count > 0, "the sync runs all the same");
        Story.Chronicle.Jobs.Count.ShouldBe(1, "once, although nothing can be stored of it");
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_newer_one_with_fields_that_nobody_here_knows()
    {
        await ApplyAsync(Newer, async () => await ProbeAsync() == "Delete early");
        await Story.CreateAsync();
        await Story.UntilRunsAsync(_ => true);
        await Story.MergeAsync(new() { ["spec"] = new JsonObject { ["later"] = "late" } });
        await Story.FinishAsync();
        await Story.UntilQuietAsync();
        await DescribedAsync("Later:", "late", "Last Result:", "Succeeded");
        Story.Chronicle.Jobs.Count.ShouldBe(1);
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task One_that_is_not_served()
    {
        await ApplyAsync(Unserved, async () => await ProbeAsync() is null);
        await RestartAsync(Plane.Database);
        await Eventually.BecomesAsync(
            () => Log.ToString().Contains(
                "The API server serves no integrations of kombo.dev/v1alpha1: apply the CustomResourceDefinition", StringComparison.Ordinal),
            Deadline);
        var health = await HealthAsync();
        health.Status.ShouldBe(HealthStatus.Unhealthy, "it is not ready");
        health.Description!.ShouldContain("integrations");
        await ApplyAsync(Right, async () => await ProbeAsync() == "Delete ");
        await Eventually.BecomesAsync(async () => (await HealthAsync()).Status == HealthStatus.Healthy, Deadline);
        await Story.CreateAsync();
        await Story.UntilRunsAsync(_ => true);
        await Story.FinishAsync();
        await Story.UntilQuietAsync();
    }

    async Task MendedAsync()
    {
        await ApplyAsync(Right, async () => await ProbeAsync() == "Delete ");
        await Story.SetFrequencyAsync("11h"); // instead of the minute after which it is tried again
        await Story.UntilQuietAsync();
    }

    Task<HealthCheckResult> HealthAsync() =>
        new OperatorHealth(Operator.Get<ClusterView>()).CheckHealthAsync(new(), CancellationToken.None);

    async Task ApplyAsync(string definition, Func<Task<bool>> isInForce)
    {
        var file = Path.Combine(Path.GetTempPath(), $"kombo-kind-{Guid.NewGuid():N}.yaml");
        try
        {
            await File.WriteAllTextAsync(file, definition);
            await KubectlAsync("apply", "--validate=false", "-f", file);
            await Eventually.BecomesAsync(isInForce, Deadline);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // What the API server would make of an Integration; null where it takes none like that.
    async Task<string?> ProbeAsync()
    {
        await File.WriteAllTextAsync(Probe, $$"""
            {"apiVersion":"kombo.dev/v1alpha1","kind":"Integration","metadata":{"name":"probe","namespace":"{{Story.Namespace}}"},
             "spec":{"connector":"scim","deletionPolicy":"Delete"} }
            """);
        try
        {
            return await KubectlAsync(
                "create", "--dry-run=server", "--validate=false", "-f", Probe, "-o", "jsonpath={.spec.deletionPolicy} {.spec.later}");
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    static string Changed(string text, string from, string to) => text.Contains(from, StringComparison.Ordinal)
        ? text.Replace(from, to, StringComparison.Ordinal) : throw new InvalidOperationException($"the kind has no \"{from}\"");
}
