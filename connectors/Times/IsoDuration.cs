using System.Globalization;
using System.Text.RegularExpressions;

namespace Kombo.Connectors.Times;

/// <summary>Durations as ISO 8601 writes them, e.g. <c>PT5M</c> or <c>P1D</c>, without months and years, which have no fixed
/// length.</summary>
static partial class IsoDuration
{
    /// <returns>Null if it is none.</returns>
    public static TimeSpan? Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
            return null;
        return TimeSpan.FromDays((Part(match, "w") * 7) + Part(match, "d"))
            + TimeSpan.FromSeconds((Part(match, "h") * 3600L) + (Part(match, "m") * 60L) + Part(match, "s"));
    }

    static int Part(Match match, string name) =>
        match.Groups[name] is { Success: true, Value: var digits } ? int.Parse(digits, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^P(?=.)(?:(?<w>\d{1,4})W)?(?:(?<d>\d{1,5})D)?(?:T(?=.)(?:(?<h>\d{1,6})H)?(?:(?<m>\d{1,6})M)?(?:(?<s>\d{1,8})S)?)?$")]
    private static partial Regex Form();
}
