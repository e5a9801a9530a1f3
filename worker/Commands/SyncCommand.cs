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

/// <summary><c>kombo-worker sync</c>: one run as a process.</summary>
internal static partial class SyncCommand
{
    public static async Task<int> RunAsync(SettingsReader reader, CancellationToken stopping)
    {
        using var loggers = WorkerLogging.Create();
        var logger = loggers.CreateLogger(typeof(SyncCommand));
        var log = new TerminationLog(reader.ReadTerminationLog(), loggers.CreateLogger<TerminationLog>());
        WorkerSettings? settings = null;
        try
        {
            settings = reader.Read();
            return await RunAsync(settings, log, loggers, stopping);
        }
        catch (WorkerConfigurationException problem)
        {
            LogMisconfigured(logger, problem.Message);
            await log.WriteAsync(Misconfigured(settings?.Request.RunId ?? "", problem.Message), CancellationToken.None);
            return WorkerExitCode.BadConfiguration;
        }
    }

    static async Task<int> RunAsync(
        WorkerSettings settings, TerminationLog log, ILoggerFactory loggers, CancellationToken stopping)
    {
        using var client = Connect(settings, loggers);
        var sink = client is null
            ? NoProgressSink.Instance
            : (IProgressSink)new KubernetesProgressSink(client, settings.Request, loggers.CreateLogger<KubernetesProgressSink>());
        await using var database = KomboDatabase.Open(settings.ConnectionString, loggers);
        var outcome = await SyncRun.ExecuteAsync(
            new SyncRunContext
            {
                Request = settings.Request,
                Database = database,
                Connector = ConnectorLoader.Load(settings),
                Credentials = settings.Credentials,
                AllowedHosts = settings.AllowedHosts,
                Progress = sink,
                Owner = $"{Environment.MachineName}/{Environment.ProcessId}",
                Loggers = loggers,
                Limits = settings.Limits,
            },
            stopping);
        await log.WriteAsync(outcome.Progress, CancellationToken.None); // short, and the last word of the process
        return outcome.ExitCode;
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
            LogNoReports(loggers.CreateLogger(typeof(SyncCommand)), problem.Message);
            return null; // reporting never fails a run
        }
    }

    static RunProgress Misconfigured(string runId, string message) => new()
    {
        RunId = runId,
        Phase = RunPhase.Finished,
        Result = nameof(RunResult.PermanentError),
        Reason = Reasons.InvalidSpec,
        Message = RunRules.Cut(message),
    };

    [LoggerMessage(5401, LogLevel.Error, "Nothing was synced: {Problem}")]
    static partial void LogMisconfigured(ILogger logger, string problem);

    [LoggerMessage(5402, LogLevel.Warning, "Progress is not reported on the Integration: {Problem}")]
    static partial void LogNoReports(ILogger logger, string problem);
}
