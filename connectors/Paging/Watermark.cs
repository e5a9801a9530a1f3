using System.Globalization;
using Kombo.Connectors.Times;

namespace Kombo.Connectors.Paging;

/// <summary>What a read by change time leaves to the next delta; stored as one time, or as two with a slash between them.</summary>
/// <param name="Start">Where the next delta begins.</param>
/// <param name="Reached">How far the read came. Later than the start where it may have passed over a change.</param>
sealed record Watermark(DateTimeOffset Start, DateTimeOffset Reached)
{
    /// <param name="reached">How far this read came.</param>
    /// <param name="before">What the read before left; null: nothing.</param>
    /// <param name="maySlip">The list may have moved between two pages: a change that is older than the newest one seen may
    /// have been passed over, so that the next delta asks for the same time again.</param>
    public static Watermark After(DateTimeOffset reached, Watermark? before, bool maySlip) =>
        new(maySlip && before is not null ? before.Reached : reached, reached);

    /// <returns>Null where there is none, or one that nobody can read: everything is read.</returns>
    public static Watermark? Read(string? stored)
    {
        if (stored?.Split('/') is not { Length: 1 or 2 } times
            || !DateTimeFormat.Rfc3339.TryParse(times[0], out var start)
            || !DateTimeFormat.Rfc3339.TryParse(times[^1], out var reached))
            return null;
        return new(start, reached);
    }

    public string Write() => Start == Reached ? Write(Start) : $"{Write(Start)}/{Write(Reached)}";

    static string Write(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
