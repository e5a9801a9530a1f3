using Kombo.Core.Runs;
using Kombo.Worker.Configuration;

namespace Kombo.Worker.Commands;

/// <summary><c>kombo-worker sync</c>: a sync as a process.</summary>
internal static class SyncCommand
{
    public static Task<int> RunAsync(SettingsReader reader, CancellationToken stopping) =>
        RunCommand.RunAsync(reader, ExecuteAsync, stopping);

    static Task<SyncOutcome> ExecuteAsync(
        WorkerSettings settings, RunSurroundings surroundings, CancellationToken stopping)
    {
        if (settings.Request.Type == SyncType.Purge)
            throw new WorkerConfigurationException(
                $"variable {WorkerEnvironment.Run} asks for a purge: start it with kombo-worker purge");
        return SyncRun.ExecuteAsync(
            new SyncRunContext
            {
                Request = settings.Request,
                Database = surroundings.Database,
                Connector = ConnectorLoader.Load(settings),
                Credentials = settings.Credentials,
                AllowedHosts = settings.AllowedHosts,
                Progress = surroundings.Progress,
                Owner = surroundings.Owner,
                Loggers = surroundings.Loggers,
                TraceParent = settings.TraceParent,
                Limits = settings.Limits,
            },
            stopping);
    }
}
