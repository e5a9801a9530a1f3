using System.Text.RegularExpressions;

namespace Kombo.Operator.Jobs;

/// <summary>Resources as one setting: <c>cpu=100m,memory=256Mi</c>.</summary>
static partial class Quantities
{
    /// <returns>By name, in its order; empty for an empty text.</returns>
    /// <exception cref="FormatException">An item is no name with a quantity; names it.</exception>
    public static SortedDictionary<string, string> Parse(string text)
    {
        var quantities = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in OperatorOptions.Split(text))
        {
            if (Item().Match(item) is not { Success: true } match || !quantities.TryAdd(match.Groups[1].Value, match.Groups[2].Value))
                throw new FormatException($"\"{item}\" is not one name=quantity of each name, such as cpu=100m or memory=256Mi");
        }
        return quantities;
    }

    // The quantities of Kubernetes, without the exponent's form.
    [GeneratedRegex(@"^([a-z0-9A-Z][-./a-zA-Z0-9]*)=(\d+(?:\.\d+)?(?:m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?)$")]
    private static partial Regex Item();
}
