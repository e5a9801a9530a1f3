using Kombo.Connectors;
using Kombo.Core.Runs;
using Kombo.Storage;
using Kombo.Storage.Mirror;
using Kombo.Storage.Runs;
using Npgsql;

namespace Kombo.Worker.Runs;

/// <summary>Reads one stream of the source into the mirror, from its checkpoint to its end.</summary>
internal sealed class StreamReader(
    SyncRunContext context, RunHandle run, SourceSession session, RunTally tally)
{
    /// <param name="work">Ends fetching.</param>
    /// <param name="write">Ends a write that has begun.</param>
    public async Task ReadAsync(SourceStream stream, CancellationToken work, CancellationToken write)
    {
        using var activity = Telemetry.Source.StartActivity("read stream")?.SetTag("kombo.stream", stream.Name);
        var state = run.Stream(stream.Name);
        tally.BeginStream(stream.Models[0].Name, state.Counts.Read);
        var times = await context.Database.RequestClockAsync(run.IntegrationId, work);
        var from = new ReadFrom(state.Watermark, state.PageToken);
        await using var ahead = new ReadAhead(
            session.ReadAsync(stream, from, work), BeforePage, new Joining(context.Limits.JoinedRecords, context.Clock), work);
        try
        {
            while (await ahead.NextAsync(work) is { } group)
            {
                using (group)
                    await WriteAsync(stream, group, times, write);
            }
        }
        catch (SourceException refusal) when (Skips(refusal) is { } reason)
        {
            await WriteAsync(new PageWrite
            {
                Stream = stream.Name,
                Pages = 0,
                IsLast = true,
                Incomplete = reason,
                RequestedAt = times.Now,
            }, total: null, write);
        }
    }

    Task WriteAsync(SourceStream stream, PageGroup group, DatabaseClock times, CancellationToken cancellationToken)
    {
        var unidentified = group.Errors.Count(error => error.RemoteId is null);
        return WriteAsync(new PageWrite
        {
            Stream = stream.Name,
            Batches = group.Batches,
            Errors = group.Errors,
            Read = group.Read,
            Pages = group.Pages,
            NextPageToken = group.NextPageToken,
            IsLast = group.IsLast,
            Watermark = group.Watermark,
            Incomplete = group.Incomplete ?? StreamRules.JudgeUnidentified(run.Type, unidentified),
            RequestedAt = times.At(group.RequestedAt),
        }, group.Total, cancellationToken);
    }

    async Task WriteAsync(PageWrite page, long? total, CancellationToken cancellationToken) =>
        tally.Wrote(page.Pages, total, await context.Database.Mirror.WriteAsync(run, page, cancellationToken));

    Task BeforePage(CancellationToken cancellationToken) => run.Type == SyncType.Full
        ? new FullPause(DeltaRunAsync, context.Limits.LongestPause, context.Clock, ShowPause).BeforePageAsync(cancellationToken)
        : Task.CompletedTask;

    async Task<string?> DeltaRunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await context.Database.Runs.FindLeaseAsync(run.IntegrationId, SyncType.Delta, cancellationToken))?.RunId;
        }
        catch (NpgsqlException)
        {
            return null; // a database that is away is waited for where the page is written
        }
    }

    void ShowPause(bool begins) => tally.Enter(
        begins ? RunPhase.Paused : RunPhase.Fetching, begins ? "a delta sync to finish" : null);

    // A list that the source refuses is its models' fault; anything else ends the attempt.
    static string? Skips(SourceException refusal)
    {
        var fault = FaultClassifier.Classify(refusal);
        return FaultRules.Judge(fault.Kind).Action == FaultAction.SkipStream ? StreamRules.Refused(fault.Kind, fault.Message) : null;
    }
}
