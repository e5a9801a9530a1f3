using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Kombo.Crds;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Kubernetes.Models;
using Kombo.Testing;
using Kombo.Testing.Pods;

namespace Kombo.Chart.Tests.Cluster;

/// <summary>A release of the chart in a namespace of its own on the real API server. There are no nodes: operator, migration
/// and helm's test are played, by the programs that their images would hold.</summary>
sealed partial class Release : IAsyncDisposable
{
    public const string Name = "kombo";
    const string PartLabel = "app.kubernetes.io/name";
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    static readonly TimeSpan HookDeadline = TimeSpan.FromMinutes(3);

    readonly ControlPlaneFixture plane;
    readonly KubernetesHttpClient client;
    readonly PodPlayer pods;

    Release(ControlPlaneFixture plane, string space)
    {
        (this.plane, Namespace) = (plane, space);
        client = new(
            KubernetesClientConfiguration.BuildDefaultConfig(new() { KubeConfigPath = plane.KubeconfigPath }),
            new() { Json = CustomResources.Json });
        pods = PodPlayer.Start(plane, client, new()
        {
            Namespace = space,
            LabelSelector = $"{PartLabel} in (kombo-operator,kombo-migrate)",
            Program = pod => Part(pod) == "kombo-operator" ? BuiltProgram.Operator : BuiltProgram.Worker,
            Environment = ImmutableDictionary<string, string>.Empty
                .Add("KOMBO_Operator__HealthPort", "0") // several of them run on one machine
                .Add("KOMBO_Operator__LeaderElection", "true"), // which a real pod finds out by itself
        });
    }

    public string Namespace { get; }

    public IReadOnlyList<PlayedPod> Migrations => [.. pods.Pods.Where(pod => Part(pod.Pod) == "kombo-migrate")];

    public static async Task<Release> PrepareAsync(ControlPlaneFixture plane, string connection)
    {
        var space = $"kombo-{Guid.NewGuid():N}"[..14];
        await plane.KubectlAsync("create", "namespace", space);
        await plane.KubectlAsync(
            "create", "secret", "generic", "kombo-database", "-n", space, $"--from-literal=connectionString={connection}");
        return new(plane, space);
    }

    /// <summary>Over kinds that anybody may have left.</summary>
    public Task<string> InstallAsync(params string[] values) => InstallAgainAsync([.. values, "--take-ownership"]);

    /// <summary>Over nothing, or kinds that this release left.</summary>
    /// <param name="arguments">Values, and flags of helm.</param>
    public Task<string> InstallAgainAsync(params string[] arguments) =>
        HelmAsync(["install", Name, Helm.Chart, "--timeout", Wait(HookDeadline), .. Settings(arguments)]);

    /// <param name="timeout">Of helm's wait for the hook.</param>
    public Task<string> UpgradeAsync(TimeSpan timeout, params string[] values) =>
        HelmAsync(["upgrade", Name, Helm.Chart, "--timeout", Wait(timeout), .. Settings(values)]);

    public Task<string> UpgradeAsync(params string[] values) => UpgradeAsync(HookDeadline, values);

    public Task<string> UninstallAsync() => HelmAsync("uninstall", Name, "--timeout", Wait(HookDeadline));

    /// <summary>helm test, whose pod reaches the operator where it really is.</summary>
    public async Task<string> TestAsync(Uri operatorAddress)
    {
        await using var player = PodPlayer.Start(plane, client, new()
        {
            Namespace = Namespace,
            LabelSelector = $"{PartLabel}=kombo-test",
            Environment = ImmutableDictionary<string, string>.Empty
                .Add("KOMBO_OPERATOR_URL", operatorAddress.ToString()),
        });
        try
        {
            return await HelmAsync("test", Name, "--timeout", Wait(HookDeadline));
        }
        catch (InvalidOperationException failure)
        {
            throw new InvalidOperationException($"{failure.Message}\n{string.Join('\n', player.Pods.Select(pod => pod.Output))}", failure);
        }
    }

    /// <summary>Waits for an operator pod that has seen the cluster.</summary>
    /// <returns>Its health port's address.</returns>
    public async Task<Uri> OperatorAsync()
    {
        var output = await Eventually.GetsAsync(
            () => Task.FromResult(pods.Pods.Where(pod => Part(pod.Pod) == "kombo-operator" && pod.ExitCode is null)
                .Select(pod => pod.Output).FirstOrDefault(text => text.Contains("Ready:") && Listening().IsMatch(text))),
            Deadline,
            "an operator pod is ready");
        return new Uri($"http://127.0.0.1:{Listening().Match(output).Groups[1].Value}");
    }

    public Task<string> KubectlAsync(params string[] arguments) => plane.KubectlAsync(["-n", Namespace, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        await pods.DisposeAsync();
        try
        {
            await HelmAsync("uninstall", Name, "--ignore-not-found", "--wait=hookOnly");
            await plane.KubectlAsync("delete", "namespace", Namespace, "--wait=false");
        }
        finally
        {
            client.Dispose();
        }
    }

    Task<string> HelmAsync(params string[] arguments) =>
        Helm.RunAsync([.. arguments, "--kubeconfig", plane.KubeconfigPath, "--namespace", Namespace]);

    static IEnumerable<string> Settings(string[] arguments) =>
        arguments.SelectMany(each => each.StartsWith("--", StringComparison.Ordinal) ? new[] { each } : ["--set", each]);

    static string Wait(TimeSpan time) => $"{(int)time.TotalSeconds}s";

    static string? Part(V1Pod pod) => pod.Metadata.Labels?.GetValueOrDefault(PartLabel);

    [GeneratedRegex(@"listening on: http://\S+:(\d+)")]
    private static partial Regex Listening();
}
