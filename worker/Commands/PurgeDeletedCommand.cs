using System.Collections.Immutable;
using System.Globalization;
using Kombo.Core.Ids;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Storage;
using Kombo.Storage.Registry;
using Kombo.Worker.Configuration;
using Kombo.Worker.Progress;
using Kombo.Worker.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Commands;

/// <summary><c>kombo-worker purge --deleted</c>: a purge run for each Integration that is deleted and whose rows are still
/// there. Of those with policy Delete everything goes, for the others retention goes on.</summary>
internal static partial class PurgeDeletedCommand
{
    public static async Task<int> RunAsync(SettingsReader reader, CancellationToken stopping)
    {
        using var loggers = WorkerLogging.Create();
        var logger = loggers.CreateLogger(typeof(PurgeDeletedCommand));
        try
        {
            var limits = reader.ReadLimits();
            await using var opened = DatabaseOpener.Open(reader.ReadConnectionString(), loggers);
            var database = opened.With(new DatabasePatience(limits.DatabaseWait));
            var now = (await database.ClockAsync(stopping)).Now;
            var rows = await database.Registry.ListDeletedAsync(stopping);
            LogFound(logger, rows.Length);
            var runs = rows.Select(row => RequestOf(row, now, reader.ReadRetention()));
            return await RunAsync(opened, [.. runs], limits, (loggers, stopping));
        }
        catch (WorkerConfigurationException problem)
        {
            LogFailed(logger, problem.Message);
            return WorkerExitCode.BadConfiguration;
        }
        catch (Npgsql.NpgsqlException failure)
        {
            var fault = FaultClassifier.Classify(failure);
            LogFailed(logger, fault.Message);
            return FaultRules.Judge(fault.Kind).ExitCode;
        }
    }

    // One after the other: nobody waits for them. One that fails does not keep the others from their turn.
    static async Task<int> RunAsync(
        KomboDatabase database, ImmutableArray<RunRequest> requests, RunLimits limits,
        (ILoggerFactory Loggers, CancellationToken Stopping) surroundings)
    {
        var worst = WorkerExitCode.Done;
        foreach (var request in requests)
        {
            var context = new PurgeRunContext
            {
                Request = request,
                Database = database,
                Progress = NoProgressSink.Instance,
                Owner = $"{Environment.MachineName}/{Environment.ProcessId}",
                Loggers = surroundings.Loggers,
                Limits = limits,
            };
            var outcome = await PurgeRun.ExecuteAsync(context, surroundings.Stopping);
            if (surroundings.Stopping.IsCancellationRequested)
                return WorkerExitCode.Stopped;
            worst = outcome.ExitCode == WorkerExitCode.Done ? worst : WorkerExitCode.TryAgain;
        }

        return worst;
    }

    // Once an hour: a second attempt of the same hour finds what is finished.
    static RunRequest RequestOf(IntegrationRow row, DateTimeOffset now, RetentionBounds retention)
    {
        var isAllToGo = row.DeletionPolicy == "Delete" && row.PurgedAt is null;
        var slot = $"d{now.UtcDateTime.ToString("yyyyMMddHH", CultureInfo.InvariantCulture)}";
        return new()
        {
            RunId = KomboIds.Run(row.Uid, JobNames.Text(SyncType.Purge), slot),
            Type = SyncType.Purge,
            Trigger = isAllToGo ? Triggers.Deletion : Triggers.Retention,
            Namespace = row.Namespace,
            Name = row.Name,
            Uid = row.Uid,
            IntegrationId = row.IntegrationId,
            Connector = row.Connector,
            Purge = new() { Everything = isAllToGo, IgnoresScope = !isAllToGo, Retention = retention },
        };
    }

    [LoggerMessage(5801, LogLevel.Information, "{Integrations} deleted integrations still have rows")]
    static partial void LogFound(ILogger logger, int integrations);

    [LoggerMessage(5802, LogLevel.Error, "Nothing was purged: {Problem}")]
    static partial void LogFailed(ILogger logger, string problem);
}
