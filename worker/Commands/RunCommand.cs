using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Http;
using Kombo.Storage;
using Kombo.Worker.Configuration;
using Kombo.Worker.Progress;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Commands;

/// <summary>Does one run in its own way.</summary>
internal delegate Task<SyncOutcome> ExecuteRun(WorkerSettings settings, RunSurroundings surroundings, CancellationToken stopping);

/// <param name="Progress">Where the run reports.</param>
/// <param name="Owner">Names this process in the lease.</param>
internal sealed record RunSurroundings(KomboDatabase Database, IProgressSink Progress, string Owner, ILoggerFactory Loggers);

/// <summary>One run as a process: settings, the way to the cluster, the termination message, the exit code.</summary>
internal static partial class RunCommand
{
    public static async Task<int> RunAsync(SettingsReader reader, ExecuteRun execute, CancellationToken stopping)
    {
        using var export = TelemetryExport.Start();
        using var loggers = WorkerLogging.Create();
        var log = new TerminationLog(reader.ReadTerminationLog(), loggers.CreateLogger<TerminationLog>());
        SyncOutcome outcome;
        try
        {
            outcome = await RunAsync(reader.Read(), execute, loggers, stopping);
        }
        catch (WorkerConfigurationException problem) // of the environment: there is no run to tell of
        {
            outcome = Misconfigured("", problem, loggers);
        }

        await log.WriteAsync(outcome.Progress, CancellationToken.None); // short, and the last word of the process
        return outcome.ExitCode;
    }

    static async Task<SyncOutcome> RunAsync(
        WorkerSettings settings, ExecuteRun execute, ILoggerFactory loggers, CancellationToken stopping)
    {
        using var client = Connect(settings, loggers);
        var sink = client is null
            ? NoProgressSink.Instance
            : (IProgressSink)new KubernetesProgressSink(client, settings.Request);
        try
        {
            await using var database = DatabaseOpener.Open(settings.ConnectionString, loggers);
            var owner = $"{Environment.MachineName}/{Environment.ProcessId}";
            return await execute(settings, new RunSurroundings(database, sink, owner, loggers), stopping);
        }
        catch (WorkerConfigurationException problem)
        {
            var outcome = Misconfigured(settings.Request.RunId, problem, loggers);
            await using var reporter = new ProgressReporter(
                sink, settings.Limits.ReportEvery, TimeProvider.System, loggers.CreateLogger<ProgressReporter>());
            await reporter.FinishAsync(outcome.Progress, stopping);
            return outcome;
        }
    }

    /// <returns>Null where there is no cluster to report to.</returns>
    static KubernetesHttpClient? Connect(WorkerSettings settings, ILoggerFactory loggers)
    {
        var given = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KUBECONFIG"));
        if (!settings.ReportStatus || !(given || KubernetesClientConfiguration.IsInCluster()))
            return null;
        try
        {
            return new KubernetesHttpClient(
                KubernetesClientConfiguration.BuildDefaultConfig(new ConfigurationRequest { LoggerFactory = loggers }),
                new KubernetesClientOptions { Json = CustomResources.Json, LoggerFactory = loggers, UserAgent = "kombo-worker" });
        }
        catch (KubeConfigException problem)
        {
            LogNoReports(loggers.CreateLogger(typeof(RunCommand)), problem.Message);
            return null; // reporting never fails a run
        }
    }

    static SyncOutcome Misconfigured(string runId, WorkerConfigurationException problem, ILoggerFactory loggers)
    {
        LogMisconfigured(loggers.CreateLogger(typeof(RunCommand)), problem.Message);
        return new SyncOutcome(WorkerExitCode.BadConfiguration, new RunProgress
        {
            RunId = runId,
            Phase = RunPhase.Finished,
            Result = nameof(RunResult.PermanentError),
            Reason = Reasons.InvalidSpec,
            Message = RunRules.Cut(problem.Message),
        });
    }

    [LoggerMessage(5401, LogLevel.Error, "Nothing was done: {Problem}")]
    static partial void LogMisconfigured(ILogger logger, string problem);

    [LoggerMessage(5402, LogLevel.Warning, "Progress is not reported on the Integration: {Problem}")]
    static partial void LogNoReports(ILogger logger, string problem);
}
