using Kombo.Core.Runs;
using Kombo.Storage;
using Kombo.Storage.Migrations;
using Kombo.Worker.Configuration;
using Kombo.Worker.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Commands;

/// <summary><c>kombo-worker migrate</c>: brings the database's schema up to date.</summary>
internal static partial class MigrateCommand
{
    public static async Task<int> RunAsync(SettingsReader reader, CancellationToken stopping)
    {
        using var loggers = WorkerLogging.Create();
        var logger = loggers.CreateLogger(typeof(MigrateCommand));
        try
        {
            await using var opened = DatabaseOpener.Open(reader.ReadConnectionString(), loggers);
            var database = opened.With(new DatabasePatience(reader.ReadLimits().DatabaseWait));
            await database.MigrateAsync(stopping);
            var state = await database.CheckSchemaAsync(stopping);
            LogMigrated(logger, state.Message);
            return state.Usable ? WorkerExitCode.Done : WorkerExitCode.BadConfiguration;
        }
        catch (WorkerConfigurationException problem)
        {
            LogFailed(logger, problem.Message);
            return WorkerExitCode.BadConfiguration;
        }
        catch (MigrationBlockedException blocked)
        {
            LogFailed(logger, blocked.Message);
            return WorkerExitCode.TryAgain;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return WorkerExitCode.Stopped;
        }
        catch (Npgsql.NpgsqlException failure)
        {
            var fault = FaultClassifier.Classify(failure);
            LogFailed(logger, fault.Message);
            return FaultRules.Judge(fault.Kind).ExitCode;
        }
    }

    [LoggerMessage(5501, LogLevel.Information, "{State}")]
    static partial void LogMigrated(ILogger logger, string state);

    [LoggerMessage(5502, LogLevel.Error, "The schema was not migrated: {Problem}")]
    static partial void LogFailed(ILogger logger, string problem);
}
