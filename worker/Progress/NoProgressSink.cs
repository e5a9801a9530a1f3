using Kombo.Core.Runs;

namespace Kombo.Worker.Progress;

/// <summary>For runs that nobody watches: outside a cluster the log and the result row tell the story.</summary>
internal sealed class NoProgressSink : IProgressSink
{
    public static NoProgressSink Instance { get; } = new();

    public Task ReportAsync(RunProgress progress, CancellationToken cancellationToken) => Task.CompletedTask;
}
