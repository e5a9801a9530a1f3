using System.Text.Json;

namespace Kombo.Connectors.Reading;

/// <summary>What an answer lists.</summary>
/// <param name="Content">Hash of the page; null where it has no rows.</param>
/// <param name="Total">Records in the whole list as far as the source tells.</param>
/// <param name="Gap">Why these rows are not known to be all of the page; null if they are.</param>
sealed record Listed(List<JsonElement> Rows, Guid? Content, long? Total, string? Gap)
{
    public static Listed Nothing { get; } = new([], null, null, null);
}
