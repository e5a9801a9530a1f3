using System.Collections.Immutable;
using Xunit;

namespace Kombo.Testing;

/// <summary>
/// A real Kubernetes control plane (etcd, kube-apiserver, kube-controller-manager; no nodes), one for each test process,
/// gone with it; or the cluster whose kubeconfig KOMBO_TEST_KUBECONFIG names. Tests make their own namespaces.
/// </summary>
public sealed class ControlPlaneFixture : IAsyncLifetime
{
    static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(6);
    static readonly TimeSpan CommandDeadline = TimeSpan.FromMinutes(3);
    static readonly string Script = RepositoryRoot.Combine("build", "control-plane.sh");
    static readonly Lazy<Task<ControlPlane>> Started = new(StartAsync);

    ControlPlane? plane;

    /// <summary>A file with an administrator's credentials.</summary>
    public string KubeconfigPath => Plane.KubeconfigPath;

    /// <summary>Only a control plane of our own can be disturbed; a given cluster cannot.</summary>
    public bool CanRestart => Plane.Folder is not null;

    ControlPlane Plane => plane ?? throw new InvalidOperationException(Requirements.Missing(Need.ControlPlane) ?? "the control plane has not been started");

    public async Task InitializeAsync()
    {
        if (Requirements.SkipReason(Need.ControlPlane) is null)
            plane = await Started.Value;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Runs kubectl as administrator.</summary>
    /// <returns>Its standard output.</returns>
    /// <exception cref="InvalidOperationException">It failed; carries its output.</exception>
    public Task<string> KubectlAsync(params string[] arguments) =>
        ChildProcess.RunAsync(
            new ChildProcessStart
            {
                Program = Plane.Kubectl,
                // What it caches about one cluster must not be taken for another on the same port.
                Arguments = ["--kubeconfig", Plane.KubeconfigPath, "--cache-dir", Path.Combine(Plane.Scratch, "kubectl-cache"), .. arguments],
            },
            CommandDeadline);

    /// <summary>Kills the API server and starts it again, on the same port with the same state; watches break, requests are refused meanwhile.</summary>
    public async Task RestartApiServerAsync()
    {
        await StopApiServerAsync();
        await StartApiServerAsync();
    }

    /// <summary>Kills the API server; what follows is refused until it is started again.</summary>
    public Task StopApiServerAsync() => RunScriptAsync("stop", OwnFolder(), "kube-apiserver");

    /// <summary>Starts what does not run, and waits until it is ready.</summary>
    public Task StartApiServerAsync() => RunScriptAsync("start", OwnFolder());

    string OwnFolder() => Plane.Folder ?? throw new InvalidOperationException("KOMBO_TEST_KUBECONFIG is set: that cluster is not ours to restart");

    static Task<string> RunScriptAsync(params string[] arguments) => ChildProcess.RunAsync(
        new ChildProcessStart { Program = Script, Arguments = [.. arguments], Environment = Variables }, StartDeadline);

    // Its own limit of 20 requests a second would be that of tests with many Jobs.
    static ImmutableDictionary<string, string?> Variables { get; } = ImmutableDictionary<string, string?>.Empty
        .Add("KOMBO_CONTROLLER_MANAGER_FLAGS", "--kube-api-qps=200 --kube-api-burst=400");

    static async Task<ControlPlane> StartAsync()
    {
        Requirements.Demand(Need.ControlPlane);
        var kubectl = await ChildProcess.RunAsync(
            new ChildProcessStart { Program = RepositoryRoot.Combine("build", "kubectl.sh") }, StartDeadline);
        if (Environment.GetEnvironmentVariable("KOMBO_TEST_KUBECONFIG") is { Length: > 0 } given)
            return new ControlPlane(given, Folder: null, kubectl);
        var folder = Directory.CreateTempSubdirectory("kombo-control-plane-").FullName;
        var printed = await RunScriptAsync("start", folder, "--temporary", "--parent", $"{Environment.ProcessId}");
        const string prefix = "kubeconfig=";
        var path = printed.Split('\n').First(line => line.StartsWith(prefix, StringComparison.Ordinal))[prefix.Length..];
        return new ControlPlane(path, folder, kubectl);
    }

    /// <param name="Folder">Where a control plane of our own runs; null for a given cluster.</param>
    sealed record ControlPlane(string KubeconfigPath, string? Folder, string Kubectl)
    {
        public string Scratch { get; } = Folder ?? Path.GetTempPath();
    }
}
