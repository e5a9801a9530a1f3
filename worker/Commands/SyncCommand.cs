using Kombo.Connectors;
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
        using var export = TelemetryExport.Start();
        using var loggers = WorkerLogging.Create();
        var log = new TerminationLog(reader.ReadTerminationLog(), loggers.CreateLogger<TerminationLog>());
        SyncOutcome outcome;
        try
        {
            outcome = await RunAsync(reader.Read(), loggers, stopping);
        }
        catch (WorkerConfigurationException problem) // of the environment: there is no run to tell of
        {
            outcome = Misconfigured("", problem, loggers);
        }

        await log.WriteAsync(outcome.Progress, CancellationToken.None); // short, and the last word of the process
        return outcome.ExitCode;
    }

    static async Task<SyncOutcome> RunAsync(WorkerSettings settings, ILoggerFactory loggers, CancellationToken stopping)
    {
        using var client = Connect(settings, loggers);
        var sink = client is null
            ? NoProgressSink.Instance
            : (IProgressSink)new KubernetesProgressSink(client, settings.Request);
        try
        {
            var connector = ConnectorLoader.Load(settings);
            await using var database = DatabaseOpener.Open(settings.ConnectionString, loggers);
            return await SyncRun.ExecuteAsync(Context(settings, database, connector, loggers) with { Progress = sink }, stopping);
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

    static SyncRunContext Context(
        WorkerSettings settings, KomboDatabase database, ConnectorDefinition connector, ILoggerFactory loggers) => new()
        {
            Request = settings.Request,
            Database = database,
            Connector = connector,
            Credentials = settings.Credentials,
            AllowedHosts = settings.AllowedHosts,
            Progress = NoProgressSink.Instance,
            Owner = $"{Environment.MachineName}/{Environment.ProcessId}",
            Loggers = loggers,
            TraceParent = settings.TraceParent,
            Limits = settings.Limits,
        };

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

    static SyncOutcome Misconfigured(string runId, WorkerConfigurationException problem, ILoggerFactory loggers)
    {
        LogMisconfigured(loggers.CreateLogger(typeof(SyncCommand)), problem.Message);
        return new SyncOutcome(WorkerExitCode.BadConfiguration, new RunProgress
        {
            RunId = runId,
            Phase = RunPhase.Finished,
            Result = nameof(RunResult.PermanentError),
            Reason = Reasons.InvalidSpec,
            Message = RunRules.Cut(problem.Message),
        });
    }

    [LoggerMessage(5401, LogLevel.Error, "Nothing was synced: {Problem}")]
    static partial void LogMisconfigured(ILogger logger, string problem);

    [LoggerMessage(5402, LogLevel.Warning, "Progress is not reported on the Integration: {Problem}")]
    static partial void LogNoReports(ILogger logger, string problem);
}
