using System.Globalization;

namespace Kombo.Core.Runs;

/// <summary>What becomes of an event of the source. Reasons are kept with it and shown to people.</summary>
/// <param name="Reason">Null: its record was read and is in the mirror.</param>
public sealed record EventEnd(EventFate Fate, string? Reason)
{
    /// <summary>Only for <see cref="EventFate.Later"/>.</summary>
    public TimeSpan Delay { get; init; }

    public static EventEnd Read { get; } = new(EventFate.Done, null);
}

public enum EventFate
{
    /// <summary>Nothing more is to be done for it.</summary>
    Done,

    /// <summary>Given up: the next sync brings what it told of.</summary>
    Failed,

    /// <summary>It waits, and is tried again.</summary>
    Later,
}

/// <summary>Reasons of events.</summary>
public static class EventReasons
{
    /// <summary>The source has it no more, and the mirror marks it deleted.</summary>
    public const string Gone = "Gone";

    /// <summary>The source did not find it, which with this connector proves no deletion: the next full sync decides.</summary>
    public const string NotFound = "NotFound";

    /// <summary>As many were gone within a day as the deletion guard holds back: the next full sync decides.</summary>
    public const string DeletionHeld = "DeletionHeld";

    /// <summary>spec.scope leaves its model out, or the connector has no such model.</summary>
    public const string OutOfScope = "OutOfScope";

    /// <summary>A delta sync was asked for, because its record cannot be read by itself.</summary>
    public const string DeltaRequested = "DeltaRequested";

    /// <summary>Neither its record nor changes can be read by themselves: the next full sync brings it.</summary>
    public const string LeftToSchedule = "LeftToSchedule";

    /// <summary>The source does not let these credentials read it.</summary>
    public const string Forbidden = "Forbidden";

    /// <summary>The source answered the request for it with an error that no repetition mends.</summary>
    public const string Refused = "Refused";

    /// <summary>What the source sent cannot be stored; see kombo.record_errors.</summary>
    public const string RecordError = "RecordError";

    /// <summary>The source sent another record than the one asked for.</summary>
    public const string AnotherRecord = "AnotherRecord";

    /// <summary>No address can be made of its id.</summary>
    public const string UnusableId = "UnusableId";

    /// <summary>The source failed to send it; tried again.</summary>
    public const string SourceFailed = "SourceFailed";

    /// <summary>It failed too often.</summary>
    public const string TooManyAttempts = "TooManyAttempts";
}

/// <summary>How events end that cannot be read as they should.</summary>
public static class EventRules
{
    /// <summary>After so many attempts an event is given up.</summary>
    public const int MostAttempts = 10;

    /// <summary>So many records in a row that the source fails to send are the source's failure, not the records'.</summary>
    public const int FailuresInARow = 3;

    /// <summary>More records of one model than this are read by a delta sync, where there is one: it asks for fewer
    /// pages.</summary>
    public const int MostRecords = 500;

    /// <summary>A source may tell of a record before it shows it: one that neither it nor the mirror has is asked for so
    /// often.</summary>
    const int LooksForMissing = 3;

    static readonly TimeSpan ShortestDelay = TimeSpan.FromMinutes(1);
    static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    /// <summary>It was taken so often, and never got to its end: whoever took it may have died of it.</summary>
    public static bool IsHopeless(int attempts) => attempts > MostAttempts;

    /// <summary>What a fault in reading one record means to its event.</summary>
    /// <param name="attempts">This one included.</param>
    /// <param name="status">Of the source's answer; null where there was none.</param>
    /// <returns>Null: it concerns the whole run.</returns>
    public static EventEnd? Judge(RunFault fault, int attempts, int? status) => fault switch
    {
        RunFault.Forbidden => new(EventFate.Failed, EventReasons.Forbidden),
        RunFault.Configuration when status is not null => new(EventFate.Failed, EventReasons.Refused),
        RunFault.SourceUnavailable or RunFault.SourceUnreadable => attempts >= MostAttempts
            ? new(EventFate.Failed, EventReasons.TooManyAttempts)
            : new(EventFate.Later, EventReasons.SourceFailed) { Delay = Delay(attempts) },
        _ => null,
    };

    /// <summary>The source did not find the record, and nothing was to be marked deleted.</summary>
    public static EventEnd Missing(int attempts) => attempts < LooksForMissing
        ? new(EventFate.Later, EventReasons.NotFound) { Delay = ShortestDelay }
        : new(EventFate.Done, EventReasons.NotFound);

    /// <summary>In words, how the events of a run ended.</summary>
    /// <param name="ends">By reason, with their number.</param>
    /// <returns>Null where all were read, or there were none.</returns>
    public static string? Note(IReadOnlyCollection<(string? Reason, long Events)> ends) =>
        ends.All(end => end.Reason is null) ? null : RunRules.Cut("of the events of the source, " + string.Join("; ", ends.Select(end =>
            string.Create(CultureInfo.InvariantCulture, $"{end.Events} {(end.Events == 1 ? "was" : "were")} {Words(end.Reason)}"))));

    /// <summary>Doubled with each attempt.</summary>
    static TimeSpan Delay(int attempts)
    {
        var delay = ShortestDelay * (1L << Math.Clamp(attempts - 1, 0, 20));
        return delay < LongestDelay ? delay : LongestDelay;
    }

    /// <summary>In words, for the result of a run.</summary>
    static string Words(string? reason) => reason switch
    {
        null => "read",
        EventReasons.Gone => "gone from the source and marked deleted",
        EventReasons.NotFound => "not found by the source, which the next full sync settles",
        EventReasons.DeletionHeld =>
            "gone from the source, but more within a day than spec.deletionGuard allows: the next full sync settles them",
        EventReasons.OutOfScope => "of models out of scope",
        EventReasons.DeltaRequested => "left to a delta sync, which was asked for",
        EventReasons.LeftToSchedule => "left to the next full sync, as the connector can read neither one record nor changes",
        EventReasons.Forbidden => "refused by the source with 403: give the credentials the right to read them",
        EventReasons.Refused => "refused by the source: correct record in the connector, or see the worker's log",
        EventReasons.RecordError => "sent by the source but not as they should be: see kombo.record_errors",
        EventReasons.AnotherRecord => "answered with another record: correct record in the connector",
        EventReasons.UnusableId => "told with an id that makes no address",
        EventReasons.SourceFailed => "not sent by the source and tried again later",
        EventReasons.TooManyAttempts => "not sent by the source in many attempts, and left to the next sync",
        _ => reason,
    };

    /// <summary>Whether a run that ended events so has done all that it was to do.</summary>
    public static bool IsDoubt(string? reason) => reason is EventReasons.DeletionHeld or EventReasons.Forbidden
        or EventReasons.Refused or EventReasons.RecordError or EventReasons.AnotherRecord or EventReasons.UnusableId or EventReasons.SourceFailed
        or EventReasons.TooManyAttempts;
}
