using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Testing;
using Kombo.Testing.Pods;

namespace Kombo.Worker.Tests.Cluster;

/// <summary>The stand-in for a node does what the operator's tests rely on.</summary>
public sealed class PodPlayerTests(ControlPlaneFixture plane) : IClassFixture<ControlPlaneFixture>
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [RequiresFact(Need.ControlPlane)]
    public async Task A_pod_runs_the_worker_and_shows_its_exit_code_and_its_word()
    {
        await using var space = await TestNamespace.CreateAsync(plane);
        await using var player = PodPlayer.Start(plane, space.Client, new() { Namespace = space.Name });
        await space.Client.CreateAsync(Job(space.Name, new V1EnvVar { Name = "KOMBO_REPORT_STATUS", Value = "false" }), default);
        var pod = await EndedAsync(space);
        pod.Status!.Phase.ShouldBe("Failed");
        var end = pod.Status.ContainerStatuses![0].State!.Terminated.ShouldNotBeNull();
        end.ExitCode.ShouldBe(3);
        end.Reason.ShouldBe("Error");
        end.Message.ShouldNotBeNull().ShouldContain("variable KOMBO_RUN is not set");
        await Eventually.BecomesAsync(
            async () => (await space.Client.GetAsync<V1Job>("one", space.Name, default))?.Status?.Failed == 1, Soon);
        player.Pods.ShouldHaveSingleItem().ExitCode.ShouldBe(3);
    }

    [RequiresFact(Need.ControlPlane)]
    public async Task A_pod_waits_for_its_secret_and_sees_it_as_files_and_as_environment()
    {
        await using var space = await TestNamespace.CreateAsync(plane);
        await using var player = PodPlayer.Start(plane, space.Client, new() { Namespace = space.Name });
        await space.Client.CreateAsync(
            Job(
                space.Name,
                new V1EnvVar { Name = "KOMBO_RUN", Value = """{"runId":"r","type":"Full","trigger":"Manual","namespace":"n","name":"acme","uid":"u","integrationId":"i","connector":"scim"}""" },
                new V1EnvVar { Name = "KOMBO_DATABASE", Value = "/etc/kombo/database" },
                new V1EnvVar { Name = "KOMBO_LEASE_SECONDS", ValueFrom = new() { SecretKeyRef = new() { Name = "late", Key = "lease" } } }),
            default);
        await Eventually.BecomesAsync(
            async () => (await PodAsync(space))?.Status?.ContainerStatuses?[0].State?.Waiting?.Reason == "CreateContainerConfigError", Soon);
        await space.Client.CreateAsync(
            new V1Secret
            {
                Metadata = new() { Name = "late", NamespaceProperty = space.Name },
                StringData = new Dictionary<string, string> { ["lease"] = "soon", ["connectionString"] = "Host=127.0.0.1" },
            },
            default);
        var message = (await EndedAsync(space)).Status!.ContainerStatuses![0].State!.Terminated!.Message;
        message.ShouldNotBeNull().ShouldContain("variable KOMBO_LEASE_SECONDS is not a number of seconds", customMessage: message);
    }

    [RequiresFact(Need.ControlPlane)]
    public async Task A_pod_that_is_not_played_stays_pending()
    {
        await using var space = await TestNamespace.CreateAsync(plane);
        await using var player = PodPlayer.Start(
            plane, space.Client, new() { Namespace = space.Name, Plays = pod => pod.GetLabel("kombo.dev/run") != "r1" });
        await space.Client.CreateAsync(Job(space.Name), default);
        await Eventually.BecomesAsync(async () => await PodAsync(space) is not null, Soon);
        (await PodAsync(space))!.Status!.Phase.ShouldBe("Pending");
        player.Pods.ShouldBeEmpty();
    }

    static async Task<V1Pod> EndedAsync(TestNamespace space) => await Eventually.GetsAsync(
        async () => await PodAsync(space) is { Status.Phase: "Succeeded" or "Failed" } pod ? pod : null, Soon);

    static async Task<V1Pod?> PodAsync(TestNamespace space) =>
        (await space.Client.ListAsync<V1Pod>(space.Name, ListOptions.All, default)).Items is [var pod, ..] ? pod : null;

    static V1Job Job(string space, params V1EnvVar[] environment) => new()
    {
        Metadata = new() { Name = "one", NamespaceProperty = space },
        Spec = new()
        {
            BackoffLimit = 0,
            Template = new()
            {
                Metadata = new() { Labels = new Dictionary<string, string> { ["kombo.dev/run"] = "r1" } },
                Spec = new()
                {
                    RestartPolicy = "Never",
                    Containers =
                    [
                        new()
                        {
                            Name = "worker",
                            Image = "kombo-worker",
                            Args = ["sync"],
                            Env = environment,
                            VolumeMounts = [new() { Name = "database", MountPath = "/etc/kombo/database" }],
                        },
                    ],
                    Volumes = [new() { Name = "database", Secret = new() { SecretName = "late", Optional = true } }],
                },
            },
        },
    };
}
