using System.Text.Json;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Testing;
using Kombo.Testing.Pods;
using Kombo.Worker.Tests.Processes;

namespace Kombo.Worker.Tests.Cluster;

/// <summary>A sync as a pod: configuration from mounted files, reports with the worker's own rights and no others.</summary>
public sealed class PlayedSyncTests(ControlPlaneFixture plane, WorkerWorld world)
    : IClassFixture<ControlPlaneFixture>, IClassFixture<WorkerWorld>
{
    const string Account = "kombo-worker";
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [RequiresFact(Need.ControlPlane | Need.Postgres)]
    public async Task The_result_reaches_the_status_and_the_termination_message()
    {
        await world.ResetAsync();
        await using var space = await TestNamespace.CreateAsync(plane);
        await using var player = PodPlayer.Start(plane, space.Client, new() { Namespace = space.Name });
        var request = await PrepareAsync(space);
        await space.Client.CreateAsync(Pod(space.Name, request), default);
        var pod = await Eventually.GetsAsync(
            async () => await space.Client.GetAsync<V1Pod>("acme", space.Name, default) is { Status.Phase: "Succeeded" or "Failed" } ended ? ended : null, Soon);
        pod.Status!.Phase.ShouldBe("Succeeded", player.Pods[0].Output);
        var word = TerminationMessage.Read(pod.Status.ContainerStatuses![0].State!.Terminated!.Message).ShouldNotBeNull();
        word.Result.ShouldBe("Succeeded");
        var reported = (await ReadAsync(space))?.Status?.Progress?.Full;
        reported.ShouldBe(word);
        // How fast it is answered is the machine's affair.
        player.Pods[0].Output.Split('\n')
            .Where(line => line.Contains("could not be reported") && !line.Contains("no answer within")).ShouldBeEmpty();
    }

    [RequiresFact(Need.ControlPlane | Need.Postgres)]
    public async Task Deleting_the_pod_stops_the_worker_with_a_checkpoint_and_its_progress_stays_visible()
    {
        await world.ResetAsync();
        await world.Sandbox.ControlAsync("hold", new { collection = "employees", passes = 2 });
        await using var space = await TestNamespace.CreateAsync(plane);
        await using var player = PodPlayer.Start(plane, space.Client, new() { Namespace = space.Name });
        var request = await PrepareAsync(space);
        await space.Client.CreateAsync(Pod(space.Name, request), default);
        await Eventually.BecomesAsync(async () => await world.Sandbox.HeldAsync() == 1, Soon);
        await Eventually.BecomesAsync(async () => await world.LiveAsync(request, "hris_employees") == 400, Soon);
        await space.Client.DeleteAsync<V1Pod>("acme", space.Name, DeleteOptions.Background, default);
        await Eventually.BecomesAsync(() => player.Pods[0].ExitCode is not null, Soon);
        player.Pods[0].ExitCode.ShouldBe(4, player.Pods[0].Output);
        (await ReadAsync(space))!.Status!.Progress!.Full.ShouldNotBeNull().ShouldSatisfyAllConditions(
            progress => progress.Result.ShouldBeNull(),
            progress => progress.Reason.ShouldBe("Cancelled"),
            progress => progress.Model.ShouldBe("hris_employees"));
        await world.Sandbox.ControlAsync("release", new { });
    }

    static Task<V1Alpha1Integration?> ReadAsync(TestNamespace space) =>
        space.Client.GetAsync<V1Alpha1Integration>("acme", space.Name, default);

    // What the operator prepares: status, account with its binding, Secrets.
    async Task<RunRequest> PrepareAsync(TestNamespace space)
    {
        await TestNamespace.InstallKindsAsync(plane);
        await plane.KubectlAsync("apply", "-f", RepositoryRoot.Combine("operator", "rbac.yaml"));
        var meta = new V1ObjectMeta { Name = Account, NamespaceProperty = space.Name };
        await space.Client.CreateAsync(new V1ServiceAccount { Metadata = meta }, default);
        await space.Client.CreateAsync(
            new V1RoleBinding
            {
                Metadata = meta,
                Subjects = [new() { Kind = "ServiceAccount", Name = Account, Namespace = space.Name }],
                RoleRef = new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = Account },
            },
            default);
        await CreateSecretAsync(space, "kombo-database", "connectionString", world.Connection);
        await CreateSecretAsync(space, "acme", "token", SandboxProcess.Token + "\n");
        var integration = await space.Client.CreateAsync(
            new V1Alpha1Integration
            {
                Metadata = new() { Name = "acme", NamespaceProperty = space.Name },
                Spec = new() { Connector = "sandbox" },
            },
            default);
        await space.Client.PatchStatusAsync<V1Alpha1Integration>(
            "acme", space.Name, V1Patch.Merge("""{"status":{"observedGeneration":1}}"""), PatchOptions.None, default);
        return world.Request() with { Namespace = space.Name, Name = "acme", Uid = integration.Uid() };
    }

    static Task<V1Secret> CreateSecretAsync(TestNamespace space, string name, string key, string value) => space.Client.CreateAsync(
        new V1Secret
        {
            Metadata = new() { Name = name, NamespaceProperty = space.Name },
            StringData = new Dictionary<string, string> { [key] = value },
        },
        default);

    static V1Pod Pod(string space, RunRequest request) => new()
    {
        Metadata = new()
        {
            Name = "acme",
            NamespaceProperty = space,
            Labels = new Dictionary<string, string> { ["kombo.dev/run"] = request.RunId },
        },
        Spec = new()
        {
            RestartPolicy = "Never",
            ServiceAccountName = Account,
            Containers =
            [
                new()
                {
                    Name = "worker",
                    Image = "kombo-worker",
                    Args = ["sync"],
                    Env =
                    [
                        new() { Name = "KOMBO_RUN", Value = JsonSerializer.Serialize(request, RunJson.Default.RunRequest) },
                        new() { Name = "KOMBO_DATABASE", Value = "/var/run/kombo/database" },
                        new() { Name = "KOMBO_CREDENTIALS", Value = "/var/run/kombo/credentials" },
                        new() { Name = "KOMBO_ALLOWED_HOSTS", Value = "127.0.0.0/8" },
                    ],
                    VolumeMounts =
                    [
                        new() { Name = "database", MountPath = "/var/run/kombo/database" },
                        new() { Name = "credentials", MountPath = "/var/run/kombo/credentials" },
                    ],
                },
            ],
            Volumes =
            [
                new() { Name = "database", Secret = new() { SecretName = "kombo-database" } },
                new() { Name = "credentials", Secret = new() { SecretName = "acme" } },
            ],
        },
    };
}
