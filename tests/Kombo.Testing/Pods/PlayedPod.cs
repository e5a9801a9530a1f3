using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Testing.Pods;

/// <summary>One pod while it is played: its volumes, its process, its status.</summary>
public sealed class PlayedPod : IDisposable
{
    const int SigKill = 9;
    const int TerminationMessageLimit = 4096; // as the kubelet
    static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);

    readonly IKubernetesClient client;
    readonly CancellationTokenSource deleted = new();
    ChildProcess? process; // null before it starts and after it has ended
    string output = "";

    internal PlayedPod(IKubernetesClient client, V1Pod pod) => (this.client, Pod) = (client, pod);

    /// <summary>As it was when it was first seen.</summary>
    public V1Pod Pod { get; }

    public string Name => Pod.Name();

    /// <summary>What the worker has written so far.</summary>
    public string Output => process?.Output ?? output;

    /// <summary>Its exit code; null while it runs, or if it never started.</summary>
    public int? ExitCode { get; private set; }

    internal Task Playing { get; private set; } = Task.CompletedTask;

    /// <summary>SIGKILL, as by the kernel when memory runs out.</summary>
    public void Kill() => process?.Kill();

    /// <summary>SIGTERM, as by a node that shuts down.</summary>
    public void Terminate() => process?.Terminate();

    public void Dispose() => deleted.Dispose();

    internal void Start(ServiceAccountAccess access, PodPlayerOptions options) => Playing = PlayAsync(access, options);

    /// <summary>The pod was deleted: SIGTERM now, SIGKILL after its grace period.</summary>
    internal async Task DeleteAsync()
    {
        await deleted.CancelAsync();
        var grace = TimeSpan.FromSeconds(Pod.Spec?.TerminationGracePeriodSeconds ?? 30);
        await Task.WhenAny(Playing, Task.Delay(grace, TimeProvider.System));
        process?.Kill();
        await Playing;
    }

    async Task PlayAsync(ServiceAccountAccess access, PodPlayerOptions options)
    {
        await Task.Yield();
        var startTime = DateTimeOffset.UtcNow;
        using var folder = new PodFolder(client, Pod);
        try
        {
            var variables = await PrepareAsync(folder, access, startTime);
            var startedAt = DateTimeOffset.UtcNow;
            await RunAsync(
                Program(folder, options.Program(Pod), variables.SetItems(options.Environment)), () => WriteAsync(PodStatus.Running(Pod, startTime, startedAt)));
            await WriteAsync(PodStatus.Terminated(Pod, startTime, await EndAsync(folder, startedAt)));
        }
        catch (OperationCanceledException) when (deleted.IsCancellationRequested)
        {
            // Deleted before it ran.
        }
    }

    async Task RunAsync(ChildProcessStart program, Func<Task> started)
    {
        await using var child = ChildProcess.Start(program);
        process = child;
        await using (deleted.Token.Register(child.Terminate))
        {
            await started();
            ExitCode = await child.WaitForExitAsync(TimeSpan.FromHours(1));
        }

        output = child.Output;
        process = null;
    }

    // A missing Secret keeps a pod pending: the kubelet tries again for ever.
    async Task<ImmutableDictionary<string, string>> PrepareAsync(PodFolder folder, ServiceAccountAccess access, DateTimeOffset startTime)
    {
        await WriteAsync(PodStatus.Waiting(Pod, startTime, "ContainerCreating", null));
        while (true)
        {
            try
            {
                await folder.MountAsync(deleted.Token);
                var variables = (await folder.EnvironmentAsync(deleted.Token)).ToImmutableDictionary();
                return variables.Add("KUBECONFIG", await KubeconfigAsync(folder, access));
            }
            catch (NotMountableException missing)
            {
                await WriteAsync(PodStatus.Waiting(Pod, startTime, "CreateContainerConfigError", missing.Message));
                await Task.Delay(RetryInterval, TimeProvider.System, deleted.Token);
            }
        }
    }

    async Task<string> KubeconfigAsync(PodFolder folder, ServiceAccountAccess access)
    {
        if (await access.KubeconfigAsync(Pod, deleted.Token) is not { } config)
            return "";
        var path = folder.Below("kubeconfig");
        await File.WriteAllTextAsync(path, config, deleted.Token);
        return path;
    }

    static ChildProcessStart Program(
        PodFolder folder, BuiltProgram program, ImmutableDictionary<string, string> variables)
    {
        // A container sees nothing of the machine's environment; what the runtime needs stays.
        var clean = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("KOMBO_", StringComparison.Ordinal) || name.StartsWith("KUBE", StringComparison.Ordinal))
            .ToImmutableDictionary(name => name, _ => (string?)null);
        return program.With((folder.Container.Args ?? []).Select(folder.Rewrite)) with
        {
            Environment = clean.SetItem("KOMBO_TERMINATION_LOG", folder.TerminationLog)
                .SetItems(variables.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))),
        };
    }

    async Task<V1ContainerStateTerminated> EndAsync(PodFolder folder, DateTimeOffset startedAt)
    {
        var message = await File.ReadAllTextAsync(folder.TerminationLog);
        return new V1ContainerStateTerminated
        {
            ExitCode = ExitCode,
            Signal = ExitCode == 128 + SigKill ? SigKill : null,
            Reason = ExitCode == 0 ? "Completed" : "Error",
            Message = message.Length == 0 ? null : message[..Math.Min(message.Length, TerminationMessageLimit)],
            StartedAt = startedAt,
            FinishedAt = DateTimeOffset.UtcNow,
        };
    }

    // The API server may be away for a while; the pod may be gone.
    async Task WriteAsync(JsonObject status)
    {
        while (true)
        {
            try
            {
                await client.PatchStatusAsync<V1Pod>(Name, Pod.Namespace(), V1Patch.Merge(status), PatchOptions.None, CancellationToken.None);
                return;
            }
            catch (KubernetesException gone) when (gone.IsNotFound || gone.IsConflict || gone.IsInvalid)
            {
                return;
            }
            catch (KubernetesException)
            {
                if (deleted.IsCancellationRequested)
                    return;
                await Task.Delay(RetryInterval, TimeProvider.System);
            }
        }
    }
}
