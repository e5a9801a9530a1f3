using System.Collections.Immutable;

namespace Kombo.Core.Models;

static class Listed
{
    /// <summary>The JSON reader hands over a list that the file leaves out as one that was never made.</summary>
    public static ImmutableArray<T> OrEmpty<T>(ImmutableArray<T> values) => values.IsDefault ? [] : values;
}
