using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Kombo.Connectors.Mapping;

/// <summary>Where the rows are in an answer (Airbyte's DpathExtractor).</summary>
/// <param name="Keys">From the root; none: the root itself. <c>*</c> stands for every item or value.</param>
sealed record RowPath(ImmutableArray<string> Keys)
{
    /// <summary>The rows; an object at the place counts as one row.</summary>
    public FoundRows Find(JsonElement root, List<JsonElement> rows) => Find(root, 0, rows);

    FoundRows Find(JsonElement from, int depth, List<JsonElement> rows)
    {
        if (depth == Keys.Length)
            return Add(from, rows);
        var key = Keys[depth];
        if (key == "*")
            return FindInEach(from, depth + 1, rows);
        return from.ValueKind == JsonValueKind.Object && JsonText.TryGet(from, Encoding.UTF8.GetBytes(key), out var child)
            ? Find(child, depth + 1, rows)
            : FoundRows.Nowhere;
    }

    // Nothing below something empty is the whole of it; nothing below some of the items is not.
    FoundRows FindInEach(JsonElement from, int depth, List<JsonElement> rows)
    {
        FoundRows? all = null;
        if (from.ValueKind == JsonValueKind.Array)
            foreach (var item in from.EnumerateArray())
                all = Joined(all, Find(item, depth, rows));
        else if (from.ValueKind == JsonValueKind.Object)
            foreach (var property in from.EnumerateObject())
                all = Joined(all, Find(property.Value, depth, rows));
        else
            return FoundRows.Nowhere;
        return all ?? FoundRows.Everywhere;
    }

    static FoundRows Joined(FoundRows? before, FoundRows next) => before is null || before == next ? next : FoundRows.InSomeItems;

    static FoundRows Add(JsonElement found, List<JsonElement> rows)
    {
        if (found.ValueKind == JsonValueKind.Array)
            foreach (var row in found.EnumerateArray())
                rows.Add(row);
        else if (found.ValueKind == JsonValueKind.Object)
            rows.Add(found);
        else
            return FoundRows.Nowhere;
        return FoundRows.Everywhere;
    }

    public override string ToString() => string.Join('.', Keys);
}

/// <summary>Whether an answer has rows where its path says.</summary>
enum FoundRows
{
    /// <summary>The place does not exist or holds null.</summary>
    Nowhere,

    /// <summary>Of the items that <c>*</c> stands for, some lack it.</summary>
    InSomeItems,

    /// <summary>It is there, maybe empty.</summary>
    Everywhere,
}
