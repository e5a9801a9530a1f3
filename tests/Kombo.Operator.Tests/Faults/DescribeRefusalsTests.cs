using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Testing;
using Xunit.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>Where the API server refuses the Job of a run, <c>kubectl describe integration</c> passes its words on, with what
/// to do; nothing is made twice, and the sync starts when it is let.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class DescribeRefusalsTests(FaultPlane plane, ITestOutputHelper output) : DescribedStory(plane, output)
{
    [RequiresFact(FaultPlane.Needs)]
    public async Task A_quota_of_Jobs()
    {
        await KubectlAsync("create", "quota", "none", "--hard=count/jobs.batch=0", "-n", Story.Namespace);
        await Eventually.BecomesAsync(
            async () => (await KubectlAsync("get", "quota", "none", "-n", Story.Namespace, "-o", "jsonpath={.status.hard}")).Length > 0, Deadline);
        await Story.CreateAsync();
        await DescribedAsync(
            "DependencyNotReady", "the API server forbids the worker Job \"acme-full-", "which is tried again by itself: raise the quota",
            "exceeded quota: none, requested: count/jobs.batch=1, used: count/jobs.batch=0, limited: count/jobs.batch=0");
        Story.Chronicle.Jobs.ShouldBeEmpty();
        await KubectlAsync("delete", "quota", "none", "-n", Story.Namespace);
        await StartsAsync();
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_template_that_makes_no_valid_Job()
    {
        await Story.CreateAsync(spec => spec with { JobTemplate = Memory("4Gi", limit: "1Gi") });
        await DescribedAsync(
            "Stalled", "InvalidSpec", "spec.jobTemplate: correct what the API server refuses in the worker Job made with it: ",
            "must be less than or equal to memory limit");
        Story.Chronicle.Jobs.ShouldBeEmpty();
        await Story.MergeAsync(new() { ["spec"] = new JsonObject { ["jobTemplate"] = null } });
        await StartsAsync();
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_webhook_that_denies_it()
    {
        await using var webhook = await DenyingWebhook.StartAsync(Plane, Story.Namespace, "jobs need a cost centre");
        await Story.CreateAsync();
        await DescribedAsync(
            "DependencyNotReady", "the API server forbids the worker Job \"acme-full-", "change the policy",
            "denied the request: jobs need a cost centre");
        Story.Chronicle.Jobs.ShouldBeEmpty();
        await webhook.RemoveAsync();
        await StartsAsync();
    }

    // The API server forgets quotas and webhooks some moments after they are gone.
    async Task StartsAsync()
    {
        var asked = 0;
        await Eventually.BecomesAsync(
            async () =>
            {
                if (Story.Status.Active?.Full is null)
                    await Story.RequestAsync($"again-{++asked}");
                return Story.Status.Active?.Full is not null;
            },
            Deadline);
        await HealedAsync(ConditionTypes.Ready, "API server");
        Story.Chronicle.Jobs.Count.ShouldBe(1);
    }

    static JobTemplateSpec Memory(string request, string limit) => new()
    {
        Resources = new(Quantity(request), Quantity(limit)),
    };

    static ImmutableSortedDictionary<string, string> Quantity(string memory) =>
        ImmutableSortedDictionary<string, string>.Empty.Add("memory", memory);
}
