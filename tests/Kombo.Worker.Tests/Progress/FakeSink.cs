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

    public Task ReportAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        if (Failure is { } failure)
        {
            Failures++;
            throw failure;
        }

        ImmutableInterlocked.Update(ref reports, list => list.Add(progress));
        return Task.CompletedTask;
    }
}
