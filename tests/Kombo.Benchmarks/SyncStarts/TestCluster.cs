using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Testing;

namespace Kombo.Benchmarks.SyncStarts;

/// <summary>A freshly started etcd, kube-apiserver and kube-controller-manager, with nothing in them.</summary>
sealed class TestCluster : IAsyncDisposable
{
    static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(20); // it may have to be built
    static readonly string Script = RepositoryRoot.Combine("build", "control-plane.sh");

    readonly string folder;

    TestCluster(string folder)
    {
        this.folder = folder;
        Kubeconfig = Path.Combine(folder, "admin.kubeconfig");
        Client = new(
            KubernetesClientConfiguration.BuildDefaultConfig(new() { KubeConfigPath = Kubeconfig }),
            new() { Json = CustomResources.Json.With(CronJobJsonContext.Default), RequestTimeout = TimeSpan.FromMinutes(2) });
    }

    public string Kubeconfig { get; }

    public KubernetesHttpClient Client { get; }

    /// <param name="controllerManagerFlags">Added to those of kube-controller-manager, parted by blanks.</param>
    public static async Task<TestCluster> StartAsync(string controllerManagerFlags)
    {
        var folder = Directory.CreateTempSubdirectory("kombo-bench-").FullName;
        await ChildProcess.RunAsync(
            new ChildProcessStart
            {
                Program = Script,
                Arguments = ["start", folder, "--temporary", "--parent", $"{Environment.ProcessId}"],
                Environment = ImmutableDictionary<string, string?>.Empty
                    .Add("KOMBO_CONTROLLER_MANAGER_FLAGS", controllerManagerFlags),
            },
            StartDeadline);
        return new TestCluster(folder);
    }

    public async Task<string> KubectlAsync(params string[] arguments) => await ChildProcess.RunAsync(
        new ChildProcessStart
        {
            Program = await ChildProcess.RunAsync(
                new ChildProcessStart { Program = RepositoryRoot.Combine("build", "kubectl.sh") }, StartDeadline),
            Arguments = ["--kubeconfig", Kubeconfig, "--cache-dir", Path.Combine(folder, "kubectl-cache"), .. arguments],
        },
        TimeSpan.FromMinutes(2));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await ChildProcess.RunAsync(
            new ChildProcessStart { Program = Script, Arguments = ["stop", folder] }, TimeSpan.FromMinutes(1));
    }
}

/// <summary>As servers before 1.25 have it.</summary>
[KubernetesEntity(Group = "batch", ApiVersion = "v1beta1", Kind = "CronJob", PluralName = "cronjobs")]
sealed record V1Beta1CronJob : KubernetesObject
{
    public CronJobSpec? Spec { get; init; }
}

sealed record CronJobSpec
{
    public required string Schedule { get; init; }
    public required CronJobTemplate JobTemplate { get; init; }
}

sealed record CronJobTemplate
{
    public required Kombo.Kubernetes.Models.V1JobSpec Spec { get; init; }
}

// Naming, nulls and times are set by KubernetesJson.
[JsonSerializable(typeof(V1Beta1CronJob))]
sealed partial class CronJobJsonContext : JsonSerializerContext;
