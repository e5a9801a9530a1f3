using Kombo.Standalone.Jobs;
using Kombo.Standalone.Manifests;
using Kombo.Standalone.Rendering;
using Microsoft.Extensions.Hosting;

namespace Kombo.Standalone.Hosting;

/// <summary>Follows the manifests and shows what goes on: the last to start, the first to stop. It stops when the
/// running syncs have left their checkpoints.</summary>
internal sealed class WorkService(ManifestWatcher manifests, JobExecutor executor, IProgressView view)
    : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // so that whoever asks after the start finds them, and Jobs what they mount
        await manifests.ApplyAsync(cancellationToken);
        executor.Open();
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(manifests.RunAsync(stoppingToken), view.RunAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The normal end.
        }

        if (executor.IsBusy)
            view.WriteLine("stopping: running syncs finish their page and are continued by the next start");
        await executor.WhenIdleAsync();
    }
}
