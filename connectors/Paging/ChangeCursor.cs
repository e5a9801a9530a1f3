using System.Collections.Immutable;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Http;
using Kombo.Connectors.Mapping;
using Kombo.Connectors.Times;

namespace Kombo.Connectors.Paging;

/// <summary>Reading by change time (Airbyte's DatetimeBasedCursor).</summary>
sealed record ChangeCursor
{
    /// <summary>Where a record tells its change time.</summary>
    public required RecordPath Field { get; init; }

    /// <summary>The form in which times are sent; the first form in which they are read.</summary>
    public required DateTimeFormat Format { get; init; }

    /// <summary>More forms that are read; RFC 3339 always is.</summary>
    public ImmutableArray<DateTimeFormat> AlsoRead { get; init; } = [];

    /// <summary>How far a delta looks back, an ISO 8601 duration.</summary>
    public Template? LookBack { get; init; }

    /// <summary>Nothing older is ever read, full syncs too; null for no such bound.</summary>
    public Template? Earliest { get; init; }
    public RequestOption? StartOption { get; init; }
    public RequestOption? EndOption { get; init; }

    /// <summary>The source cannot filter: everything is read, older records are passed over.</summary>
    public bool IsClientSide { get; init; }

    public bool TryRead(ReadOnlySpan<byte> text, out DateTimeOffset value)
    {
        if (Format.TryParse(text, out value) || DateTimeFormat.Rfc3339.TryParse(text, out value))
            return true;
        foreach (var format in AlsoRead)
            if (format.TryParse(text, out value))
                return true;
        return false;
    }

    /// <summary>How far a read came: to the earlier of the newest change seen and the time the read began, minus the
    /// look-back; never earlier than before.</summary>
    /// <returns>Null where no record told a change time and there was no watermark.</returns>
    public static DateTimeOffset? Reached(DateTimeOffset? newest, DateTimeOffset startedAt, TimeSpan lookBack, DateTimeOffset? before)
    {
        if (newest is not { } seen)
            return before;
        var watermark = (seen < startedAt ? seen : startedAt) - lookBack;
        return watermark < before ? before : watermark;
    }
}

/// <summary>The <c>stream_interval</c> of expressions, in the source's own form.</summary>
sealed class StreamInterval(string? start, string? end) : ValueMap
{
    public override Value Find(string name) => name switch
    {
        "start_time" => Value.Of(start),
        "end_time" => Value.Of(end),
        _ => Value.Undefined,
    };
}
