using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Kombo.Connectors.Mapping;

/// <summary>Where the rows are in an answer (Airbyte's DpathExtractor).</summary>
/// <param name="Keys">From the root; none: the root itself. <c>*</c> stands for every item or value.</param>
sealed record RowPath(ImmutableArray<string> Keys)
{
    /// <summary>The rows; an object at the place counts as one row.</summary>
    /// <returns>False where the place does not exist or holds null.</returns>
    public bool TryFind(JsonElement root, List<JsonElement> rows) => TryFind(root, 0, rows);

    bool TryFind(JsonElement from, int depth, List<JsonElement> rows)
    {
        if (depth == Keys.Length)
            return TryAdd(from, rows);
        var key = Keys[depth];
        if (key != "*")
            return from.ValueKind == JsonValueKind.Object && JsonText.TryGet(from, Encoding.UTF8.GetBytes(key), out var child)
                && TryFind(child, depth + 1, rows);
        if (from.ValueKind == JsonValueKind.Array)
            foreach (var item in from.EnumerateArray())
                TryFind(item, depth + 1, rows);
        else if (from.ValueKind == JsonValueKind.Object)
            foreach (var property in from.EnumerateObject())
                TryFind(property.Value, depth + 1, rows);
        else
            return false;
        return true;
    }

    static bool TryAdd(JsonElement found, List<JsonElement> rows)
    {
        if (found.ValueKind == JsonValueKind.Array)
            foreach (var row in found.EnumerateArray())
                rows.Add(row);
        else if (found.ValueKind == JsonValueKind.Object)
            rows.Add(found);
        else
            return false;
        return true;
    }

    public override string ToString() => string.Join('.', Keys);
}
