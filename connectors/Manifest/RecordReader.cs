using System.Collections.Immutable;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Mapping;
using Kombo.Connectors.Paging;

namespace Kombo.Connectors.Manifest;

/// <summary>Reads <c>record:</c> of a model: how one record is read by its id.</summary>
static class RecordReader
{
    const Roots Known = Roots.Config | Roots.Id;

    /// <param name="isExploded">The model's records are parts of others.</param>
    /// <returns>Null and a problem where it says nothing that could be read.</returns>
    public static RecordPlan? Read(Component model, YamlNode node, bool isExploded)
    {
        if (isExploded)
            model.Refuse(node, "record and each exclude each other: a part of a record cannot be read by itself");
        if (node is not YamlMap || model.Below(node) is not { } record)
        {
            if (node is not YamlMap)
                model.Refuse(node, "a map is expected here, with path");
            return null;
        }

        var path = record.RequiredTemplate("path", Known);
        if (path.IsConstant && record.Find("path") is { } text)
            record.Refuse(text, "path names no record: write the record's id into it as {{ id }}");
        var plan = new RecordPlan(
            path,
            [.. record.Entries("parameters").Select(entry => KeyValuePair.Create(entry.Key, record.Compile(entry.Value, Known)))],
            new RowPath(Keys(record)),
            record.OneOf("missing", "deleted", "unknown") == "deleted");
        record.Close();
        return plan;
    }

    static ImmutableArray<string> Keys(Component record)
    {
        var keys = record.List("field_path");
        foreach (var key in keys)
            if (key is not YamlText || key is YamlText { Value: "*" })
                record.Refuse(key, "field_path is a list of keys that lead to the one record");
        return [.. keys.OfType<YamlText>().Select(key => key.Value)];
    }
}
