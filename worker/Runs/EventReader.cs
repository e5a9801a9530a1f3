using System.Collections.Immutable;
using Kombo.Connectors;
using Kombo.Core.Models;
using Kombo.Core.Runs;
using Kombo.Storage;
using Kombo.Storage.Events;
using Kombo.Storage.Mirror;
using Kombo.Storage.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Runs;

/// <summary>A webhook run that holds its lease: takes the events that wait when it begins, record by record, asks the source for each
/// record, and writes it as a sync does, stamped with the time it was asked for. What comes meanwhile is the next run's: a source
/// that tells of something all the time would be asked without a pause, and the run would never end.</summary>
internal sealed partial class EventReader(SyncRunContext context, RunHandle run, RunTally tally)
{
    /// <summary>Records that are taken at a time: what a killed worker has read in vain at most.</summary>
    const int Portion = 100;

    static readonly TimeSpan TimeToReturn = TimeSpan.FromSeconds(5);

    readonly ILogger logger = context.Loggers.CreateLogger<EventReader>();
    readonly PendingEvents pending = context.Database.PendingEvents;
    readonly List<EventSettlement> ended = [];
    ImmutableHashSet<string> crowded = [];
    DateTimeOffset until;
    TakenEvents? begun;
    int failuresInARow;

    /// <param name="work">Ends fetching.</param>
    /// <param name="write">Ends a write that has begun.</param>
    public async Task<RunProgress> RunAsync(CancellationToken work, CancellationToken write)
    {
        await using var session = RunSource.Open(context, run, tally);
        tally.Plan(streamCount: 0, run.Counts);
        until = (await context.Database.ClockAsync(work)).Now;
        // Once for the run: when some of them are left to a delta, the others are brought by it too.
        crowded = await pending.FindCrowdedAsync(run, EventRules.MostRecords, until, work);
        try
        {
            while (await ReadPortionAsync(session, work, write))
            {
                // the next hundred
            }
        }
        catch (Exception failure)
        {
            await GiveBackAsync(failure);
            throw;
        }

        tally.Enter(RunPhase.Validating, waitingFor: null);
        var ends = await pending.SummarizeAsync(run, work);
        return await context.Database.Finisher.EndWebhookAsync(
            run,
            EventRules.Note([.. ends.Select(end => (end.Reason, end.Events))]),
            ends.Any(end => EventRules.IsDoubt(end.Reason)),
            work);
    }

    /// <returns>False when nothing is left.</returns>
    async Task<bool> ReadPortionAsync(SourceSession session, CancellationToken work, CancellationToken write)
    {
        var taken = await pending.TakeAsync(run, Portion, until, work);
        var times = await context.Database.RequestClockAsync(run.IntegrationId, work);
        foreach (var events in taken)
        {
            work.ThrowIfCancellationRequested();
            begun = events;
            var end = Unread(session, events, crowded.Contains(events.Model ?? ""))
                ?? await ReadAsync(session, events, times, work, write);
            begun = null;
            ended.Add(new(events.Ids, end));
        }

        await SettleAsync(write);
        return taken.Length > 0;
    }

    /// <returns>How events end whose record is not to be read by itself; null: it is.</returns>
    static EventEnd? Unread(SourceSession session, TakenEvents events, bool isCrowded)
    {
        if (EventRules.IsHopeless(events.Attempts))
            return new(EventFate.Failed, EventReasons.TooManyAttempts);
        if (events.Model is null || ModelCatalog.Default.Find(events.Model) is not { } model)
            return Left(session.SupportsDelta);
        if (!session.Provides(model))
            return new(EventFate.Done, EventReasons.OutOfScope);
        var hasDelta = session.CanReadChanges(model);
        return events.RemoteId is null || !session.CanReadRecord(model) || (isCrowded && hasDelta) ? Left(hasDelta) : null;
    }

    static EventEnd Left(bool hasDelta) =>
        new(EventFate.Done, hasDelta ? EventReasons.DeltaRequested : EventReasons.LeftToSchedule);

    async Task<EventEnd> ReadAsync(
        SourceSession session, TakenEvents events, DatabaseClock times, CancellationToken work, CancellationToken write)
    {
        var (model, remoteId) = (ModelCatalog.Default.Get(events.Model!), events.RemoteId!); // not null: Unread has looked
        try
        {
            tally.BeginStream(model.Name, run.Counts.Read);
            var answer = await session.ReadRecordAsync(model, remoteId, work);
            failuresInARow = 0;
            return answer switch
            {
                RecordAnswer.Found found => await WriteAsync(found.Page, model, times, write) ?? EventRules.Missing(events.Attempts),
                RecordAnswer.Missing missing => missing.IsDeleted
                    ? await MarkAsync(events, times.At(missing.RequestedAt), write) ?? EventRules.Missing(events.Attempts)
                    : EventRules.Missing(events.Attempts),
                RecordAnswer.Another => new(EventFate.Failed, EventReasons.AnotherRecord),
                RecordAnswer.Unusable => new(EventFate.Failed, EventReasons.UnusableId),
                var other => throw new InvalidOperationException(other.GetType().Name), // the cases above are all there are
            };
        }
        catch (SourceException failure) when (Judge(failure, events.Attempts) is { } end)
        {
            if (end.Fate == EventFate.Later && ++failuresInARow >= EventRules.FailuresInARow)
            {
                ended.Add(new(events.Ids, end));
                throw; // the source fails, not its records
            }

            return end;
        }
    }

    static EventEnd? Judge(SourceException failure, int attempts) =>
        EventRules.Judge(FaultClassifier.Classify(failure).Kind, attempts, failure.Status);

    /// <returns>Null where the page holds nothing of the record: the definition passes it over.</returns>
    async Task<EventEnd?> WriteAsync(SourcePage page, Model model, DatabaseClock times, CancellationToken cancellationToken)
    {
        using (page)
        {
            var counts = await context.Database.Mirror.WriteAsync(
                run,
                new PageWrite
                {
                    Stream = model.Name,
                    Batches = [.. page.Batches.Where(batch => batch.Count > 0)],
                    Errors = page.Errors,
                    Read = page.Read,
                    IsLast = true,
                    RequestedAt = times.At(page.RequestedAt),
                },
                cancellationToken);
            tally.Wrote(pages: 1, total: null, counts);
            if (page.Errors.Any(error => error.Model == model.Name))
                return new(EventFate.Failed, EventReasons.RecordError);
            return page.Batches.Any(batch => batch.Model == model && batch.Count > 0) ? EventEnd.Read : null;
        }
    }

    /// <returns>Null where there was nothing to mark.</returns>
    async Task<EventEnd?> MarkAsync(TakenEvents events, DateTimeOffset requestedAt, CancellationToken cancellationToken) =>
        await pending.MarkGoneAsync(run, events, requestedAt, cancellationToken) switch
        {
            RecordRemoval.Marked => new(EventFate.Done, EventReasons.Gone),
            RecordRemoval.Held => new(EventFate.Done, EventReasons.DeletionHeld),
            _ => null,
        };

    async Task SettleAsync(CancellationToken cancellationToken)
    {
        if (ended.Count > 0)
            await pending.SettleAsync(run, ended, cancellationToken);
        ended.Clear();
    }

    // With a limit of its own, as the run is ending; what it cannot give back is taken by the next run in any case.
    async Task GiveBackAsync(Exception failure)
    {
        // Nobody's fault but perhaps the record's: it may not stand before all others for ever.
        var suspect = FaultClassifier.Classify(failure).Kind == RunFault.Unexpected ? begun?.Ids ?? [] : [];
        using var limit = new CancellationTokenSource(TimeToReturn, context.Clock);
        try
        {
            await SettleAsync(limit.Token);
            await pending.ReturnAsync(run, suspect, limit.Token);
        }
        catch (Exception second) // the first failure is the one to tell
        {
            LogKept(run.RunId, FaultClassifier.Classify(second).Message);
        }
    }

    [LoggerMessage(5801, LogLevel.Warning, "Run {RunId} could not give its events back; the next run takes them over: {Problem}")]
    partial void LogKept(string runId, string problem);
}
