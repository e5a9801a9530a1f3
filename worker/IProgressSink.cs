using Kombo.Core.Runs;

namespace Kombo.Worker;

/// <summary>Where a run's progress is shown. May fail: that never fails the run.</summary>
public interface IProgressSink
{
    Task ReportAsync(RunProgress progress, CancellationToken cancellationToken);
}
