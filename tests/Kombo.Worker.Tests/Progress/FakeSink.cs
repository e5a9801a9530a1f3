using System.Collections.Immutable;
using Kombo.Core.Runs;

namespace Kombo.Worker.Tests.Progress;

/// <summary>Keeps what it is told; fails when told to.</summary>
sealed class FakeSink : IProgressSink
{
    ImmutableList<RunProgress> reports = [];

    public ImmutableList<RunProgress> Reports => reports;

    public Exception? Failure { get; set; }

    public int Failures { get; private set; }

    /// <summary>It never answers.</summary>
    public bool Hangs { get; set; }

    public async Task ReportAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        if (Hangs)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        if (Failure is { } failure)
        {
            Failures++;
            throw failure;
        }

        ImmutableInterlocked.Update(ref reports, list => list.Add(progress));
    }
}
