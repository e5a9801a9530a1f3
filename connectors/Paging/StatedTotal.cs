using System.Globalization;

namespace Kombo.Connectors.Paging;

/// <summary>How many records a source says its list holds, over all pages read so far. Pure.</summary>
/// <param name="Fewest">The smallest number it said.</param>
/// <param name="Most">The largest.</param>
sealed record StatedTotal(long Fewest, long Most)
{
    /// <param name="total">On the next page; null: that page does not say.</param>
    public static StatedTotal? After(StatedTotal? before, long? total) => (before, total) switch
    {
        (_, null) => before,
        (null, { } first) => new(first, first),
        ({ } seen, { } next) => new(Math.Min(seen.Fewest, next), Math.Max(seen.Most, next)),
    };

    /// <summary>Why a list that was read like this is not known to be whole; null if it is.</summary>
    /// <param name="rows">Read so far.</param>
    /// <param name="isLast">The list is read to its end.</param>
    /// <param name="isStable">The list may change while it is read and nothing is passed over for it, so that only too few
    /// rows tell something.</param>
    public string? Doubt(long rows, bool isLast, bool isStable) => this switch
    {
        { Fewest: var fewest, Most: var most } when !isStable && fewest != most => Text(
            $"the source said {fewest} and {most} records while its list was read, so that some may have been passed over"),
        { Fewest: var fewest } when isLast && rows < fewest => Text(
            $"the source says that it holds {fewest} records and listed {rows}"),
        { Most: var most } when isLast && !isStable && rows != most => Text(
            $"the source says that it holds {most} records and listed {rows}"),
        _ => null,
    };

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
