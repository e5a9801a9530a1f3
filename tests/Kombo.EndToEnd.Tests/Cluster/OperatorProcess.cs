using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Kombo.Testing;

namespace Kombo.EndToEnd.Tests.Cluster;

/// <summary>The operator as its users run it, outside the cluster, with an administrator's kubeconfig.</summary>
sealed partial class OperatorProcess : IAsyncDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    readonly KomboCluster cluster;
    ChildProcess process;

    OperatorProcess(KomboCluster cluster, ChildProcess process) => (this.cluster, this.process) = (cluster, process);

    public string Output => process.Output;

    public static async Task<OperatorProcess> StartAsync(KomboCluster cluster) =>
        new(cluster, await LaunchAsync(cluster));

    /// <summary>SIGKILL, as by a lost node; nothing is tidied up.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(Deadline);
    }

    public async Task RestartAsync()
    {
        await process.DisposeAsync();
        process = await LaunchAsync(cluster);
    }

    /// <summary>What Prometheus would read.</summary>
    public async Task<string> MetricsAsync()
    {
        var port = MetricsPort().Match(await process.WaitForLineAsync("metrics on port", Deadline)).Groups[1].Value;
        using var http = new HttpClient();
        return await http.GetStringAsync($"http://127.0.0.1:{port}/metrics");
    }

    public async ValueTask DisposeAsync() => await process.DisposeAsync();

    static async Task<ChildProcess> LaunchAsync(KomboCluster cluster)
    {
        var variables = new Dictionary<string, string?>(cluster.Otlp.Variables!)
        {
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
            ["KOMBO_Operator__WorkerImage"] = "kombo-worker:test",
            ["KOMBO_Operator__KubeConfig"] = cluster.Plane.KubeconfigPath,
            ["KOMBO_Operator__AllowedHosts"] = "127.0.0.1",
            ["KOMBO_Operator__LogFormat"] = "Json", // as in a cluster
            ["KOMBO_Operator__HealthPort"] = "0",
            ["KOMBO_Operator__MetricsPort"] = "0",
            ["KOMBO_DATABASE_CONNECTION"] = cluster.Database,
        };
        var process = ChildProcess.Start(BuiltProgram.Operator.With() with { Environment = variables.ToImmutableDictionary() });
        await process.WaitForLineAsync("Application started", Deadline);
        return process;
    }

    [GeneratedRegex(@"metrics on port (\d+)")]
    private static partial Regex MetricsPort();
}
