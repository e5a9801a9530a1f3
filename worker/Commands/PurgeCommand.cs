using Kombo.Core.Runs;
using Kombo.Worker.Configuration;

namespace Kombo.Worker.Commands;

/// <summary><c>kombo-worker purge</c>: a purge run as a process.</summary>
internal static class PurgeCommand
{
    public static Task<int> RunAsync(SettingsReader reader, CancellationToken stopping) =>
        RunCommand.RunAsync(reader, ExecuteAsync, stopping);

    static Task<SyncOutcome> ExecuteAsync(
        WorkerSettings settings, RunSurroundings surroundings, CancellationToken stopping)
    {
        if (settings.Request.Type != SyncType.Purge)
            throw new WorkerConfigurationException(
                $"variable {WorkerEnvironment.Run} asks for a sync: start it with kombo-worker sync");
        return PurgeRun.ExecuteAsync(
            new PurgeRunContext
            {
                Request = settings.Request,
                Database = surroundings.Database,
                Progress = surroundings.Progress,
                Owner = surroundings.Owner,
                Loggers = surroundings.Loggers,
                TraceParent = settings.TraceParent,
                Limits = settings.Limits,
            },
            stopping);
    }
}
