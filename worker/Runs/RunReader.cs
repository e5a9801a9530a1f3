using System.Collections.Immutable;
using Kombo.Connectors;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;

namespace Kombo.Worker.Runs;

/// <summary>A run that holds its lease: every stream in order, then the finish.</summary>
internal sealed class RunReader(SyncRunContext context, RunHandle run, RunTally tally)
{
    /// <param name="work">Ends fetching and finishing.</param>
    /// <param name="write">Ends a write that has begun; later than <paramref name="work"/>.</param>
    public async Task<RunProgress> RunAsync(CancellationToken work, CancellationToken write)
    {
        await using var session = RunSource.Open(context, run, tally);
        var streams = session.Streams(run.Type);
        tally.Plan(streams.Length, run.Counts);
        foreach (var stream in streams)
        {
            if (run.Stream(stream.Name).State is not (StreamProgress.Complete or StreamProgress.Incomplete))
                await new StreamReader(context, run, session, tally).ReadAsync(stream, work, write);
            tally.EndStream();
        }

        return await FinishAsync(streams, work);
    }

    Task<RunProgress> FinishAsync(ImmutableArray<SourceStream> streams, CancellationToken cancellationToken)
    {
        var request = new FinishRequest
        {
            Streams = [.. streams.Select(stream => new StreamModels(stream.Name, stream.Models)
            {
                Deletions = stream.Deletions == Deletions.ByAbsence,
                StablePaging = stream.StablePaging,
            })],
        };
        return context.Database.Finisher.FinishAsync(
            run, request, phase => tally.Enter(phase, waitingFor: null), cancellationToken);
    }
}
