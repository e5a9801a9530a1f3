using System.Collections.Immutable;
using Kombo.Testing;

namespace Kombo.Benchmarks.SyncStarts;

/// <summary>The operator as a process of its own, as the chart would set it, but for its capacity.</summary>
static class OperatorProcess
{
    public static async Task<ChildProcess> StartAsync(TestCluster cluster, string connection, string workingFolder)
    {
        var process = ChildProcess.Start(new ChildProcessStart
        {
            Program = RepositoryOutput.Program("operator", "Kombo.Operator"),
            WorkingFolder = workingFolder,
            Environment = ImmutableDictionary<string, string?>.Empty
                .Add("KUBECONFIG", cluster.Kubeconfig)
                .Add("KOMBO_DATABASE_CONNECTION", connection)
                .Add("KOMBO_Operator__WorkerImage", "kombo-worker:bench")
                .Add("KOMBO_Operator__MaxActiveSyncs", "10000")
                .Add("KOMBO_Operator__HealthPort", "0")
                .Add("KOMBO_Operator__MetricsPort", "0"),
        });
        await process.WaitForLineAsync("Ready:", TimeSpan.FromMinutes(1));
        return process;
    }
}
