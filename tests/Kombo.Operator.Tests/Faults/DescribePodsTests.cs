using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Testing;
using Xunit.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>Whatever keeps the pods of a run from coming, starting or ending well: <c>kubectl describe integration</c> says
/// what happened, to which object, and what to do. The Job controller is real; scheduler and kubelet are played.</summary>
[Collection(ControlPlaneTests.Name)]
[Trait("Level", "cluster")]
public sealed class DescribePodsTests(FaultPlane plane, ITestOutputHelper output) : DescribedStory(plane, output)
{
    public static TheoryData<string, string, string[]> Waiting => new()
    {
        {
            "no node",
            """{"conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/3 nodes are available: 3 Insufficient memory."}]}""",
            ["but pod \"", "finds no node (0/3 nodes are available: 3 Insufficient memory): ", "lower spec.jobTemplate.resources.requests", "or add a node"]
        },
        {
            "no image", Container("""{"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling image \"kombo-worker:test\""}}"""),
            ["but the image of pod \"", "cannot be pulled (Back-off pulling image \"kombo-worker:test\")", "check the operator's settings WorkerImage and WorkerImagePullSecrets"]
        },
        {
            "a key that is not there", Container("""{"waiting":{"reason":"CreateContainerConfigError","message":"couldn't find key token in Secret"}}"""),
            ["cannot start (couldn't find key token in Secret)", "check the Secrets and ConfigMaps that it mounts"]
        },
        {
            "nothing at all", Container("""{"waiting":{"reason":"ContainerCreating"}}"""),
            ["has not started in 1s", "kubectl describe pod acme-full-", "a volume whose Secret or ConfigMap is gone, a node that hangs"]
        },
    };

    [RequiresTheory(FaultPlane.Needs), MemberData(nameof(Waiting))]
    public async Task A_pod_that_cannot_begin(string trouble, string status, string[] words)
    {
        await Story.CreateAsync();
        await Story.UntilRunsAsync(_ => true);
        await Story.ShowPodAsync(status);
        await DescribedAsync(["SyncInProgress", .. words]);
        await Story.ShowPodAsync("""{"phase":"Running","containerStatuses":null,"conditions":null}""");
        await HealedAsync(ConditionTypes.Synchronizing, ", but ");
        Story.Chronicle.Jobs.Count.ShouldBe(1, trouble);
    }

    public static TheoryData<string, string, string[]> Ended => new()
    {
        {
            "out of memory", Container("""{"terminated":{"exitCode":137,"reason":"OOMKilled"}}"""),
            ["OutOfMemory", "was killed for using more memory than its limit", "raise spec.jobTemplate.resources.limits.memory"]
        },
        {
            "evicted", """{"reason":"Evicted","message":"The node was low on resource: ephemeral-storage."}""",
            ["Evicted", "was evicted: The node was low on resource: ephemeral-storage: give spec.jobTemplate.resources the requests that it needs"]
        },
        {
            "no connection left", Container(
                """{"terminated":{"exitCode":1,"message":"{\"runId\":\"\",\"reason\":\"TooManyConnections\",\"message\":\"the database has no connection left: raise its max_connections\"}"}}"""),
            ["TooManyConnections", "the database has no connection left: raise its max_connections"]
        },
        {
            "a configuration that no retry mends", Container("""{"terminated":{"exitCode":3}}"""),
            ["PermanentError", "refused its configuration: kubectl logs acme-full-", "says which"]
        },
    };

    [RequiresTheory(FaultPlane.Needs), MemberData(nameof(Ended))]
    public async Task A_pod_that_ends_badly(string trouble, string status, string[] words)
    {
        await Story.CreateAsync();
        await Story.UntilRunsAsync(_ => true);
        await Story.FailPodsAsync(status.Insert(1, "\"phase\":\"Failed\","));
        await DescribedAsync(["SyncFailed", "SyncSucceeded", "and is tried again at", .. words]);
        Story.Chronicle.Jobs.Count.ShouldBe(1, trouble);
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_Job_that_runs_into_its_deadline()
    {
        await Story.CreateAsync();
        await Story.UntilRunsAsync(_ => true);
        await Story.ShowPodAsync("""{"phase":"Running"}""");
        await Story.MergeJobAsync("""{"spec":{"activeDeadlineSeconds":1}}""");
        await DescribedAsync(
            "SyncDeadlineExceeded", "ran longer than 1 s: raise spec.activeDeadline of the SyncSchedule. Its worker never reported",
            "is tried again at");
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_quota_that_lets_no_pod_come()
    {
        await KubectlAsync("create", "quota", "none", "--hard=pods=0", "-n", Story.Namespace);
        await QuotaIsKnownAsync();
        await Story.CreateAsync();
        await DescribedAsync(
            "SyncInProgress", "but no pod of Job \"acme-full-", $"in namespace \"{Story.Namespace}\" has been made in 1s",
            $"-n {Story.Namespace} says why", "usually it is a quota");
        (await KubectlAsync("describe", "job", Story.Status.Active!.Full!.JobName, "-n", Story.Namespace))
            .ShouldContain("exceeded quota: none", Case.Sensitive, "it says why");
        await KubectlAsync("delete", "quota", "none", "-n", Story.Namespace);
        await Story.ShowPodAsync("""{"phase":"Running"}""");
        await HealedAsync(ConditionTypes.Synchronizing, ", but ");
        await Story.FinishAsync();
        await Story.UntilQuietAsync();
        Story.Chronicle.Jobs.Count.ShouldBe(1);
    }

    [RequiresFact(FaultPlane.Needs)]
    public async Task A_purge_that_fails()
    {
        await Story.CreateAsync();
        await Story.UntilRunsAsync(_ => true);
        await Story.FinishAsync();
        await Story.UntilQuietAsync();
        await Story.MergeAsync(new()
        {
            ["spec"] = new JsonObject { ["scope"] = JsonNode.Parse("""{"models":[{"name":"hris_teams"}]}""") },
        });
        await Story.Chronicle.UntilAsync(() => Story.Status.Active?.Purge is not null, "the purge runs");
        await Story.FailPodsAsync("""{"phase":"Failed","reason":"Evicted","message":"The node was low on resource: memory."}""");
        await DescribedAsync(
            "PurgePending", "PurgeFailed", "values that are out of scope by now may still be stored: the last purge run failed (Evicted) and "
            + "is tried again at", "was evicted: The node was low on resource: memory: give spec.jobTemplate.resources the requests");
    }

    private protected override void Configure(OperatorOptions options) => options.StartPatience = TimeSpan.FromSeconds(1);

    static string Container(string state) =>
        $$"""{"containerStatuses":[{"name":"worker","image":"kombo-worker:test","imageID":"","ready":false,"restartCount":0,"state":{{state}}}]}""";

    Task QuotaIsKnownAsync() => Eventually.BecomesAsync(
        async () => (await KubectlAsync("get", "quota", "none", "-n", Story.Namespace, "-o", "jsonpath={.status.hard}")).Length > 0, Deadline);
}
