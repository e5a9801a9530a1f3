using System.Collections.Immutable;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Mapping;
using Kombo.Connectors.Times;
using Kombo.Core.Models;
using Kombo.Core.Scope;

namespace Kombo.Connectors.Manifest;

/// <summary>Reads the mapping of one field: a path, a template, a constant, or a map with more about it.</summary>
/// <param name="isExploded">Paths begin at an item of a list; the record around it is <c>parent</c>.</param>
sealed class FieldReader(Component entry, ReadContext context, bool isExploded)
{
    static readonly string[] SourceKeys = ["path", "paths", "const"];
    readonly Roots roots = Roots.Config | Roots.Record | (isExploded ? Roots.Parent : Roots.None);

    public FieldMapping? Read(Field field, YamlNode node)
    {
        if (field.Type != FieldType.Json)
            return Scalar(node, field.Type, [.. field.Values]) is { } scalar ? new FieldMapping(scalar, null) : null;
        return Json(node, field.Shape ?? new FieldShape("any")) is { } json ? new FieldMapping(null, json) : null;
    }

    /// <summary>A path; or a template, if there is an expression in it.</summary>
    public ValueSource Source(YamlNode node)
    {
        if (node is not YamlText { Value: var text })
            return Refused(node, "a path or a template is expected here");
        if (text.Contains("{{", StringComparison.Ordinal) || text.Contains("{%", StringComparison.Ordinal))
            return new ValueSource.Computed(entry.Compile(node, roots));
        if (RecordPath.Parse(text, out var error) is not { } path)
            return Refused(node, error ?? "is no path");
        if (path.IsBelowParent && !isExploded)
            return Refused(node, "$parent exists only where each explodes a list");
        return new ValueSource.Places([path]);
    }

    ValueSource.Constant Refused(YamlNode node, string message)
    {
        entry.Refuse(node, message);
        return new ValueSource.Constant("");
    }

    ScalarMapping? Scalar(YamlNode node, FieldType type, ImmutableArray<string> values)
    {
        if (node is not YamlMap map)
            return new ScalarMapping(Source(node));
        var component = new Component(map, context, Parameters.None);
        var read = new ScalarMapping(Source(component))
        {
            Table = Table(component, type, values),
            Format = Format(component, type),
            Default = component.Text("default"),
            EmptyIsNull = component.Flag("emptyIsNull"),
        };
        CheckConstant(component, read, values);
        component.Close();
        return read;
    }

    ValueSource Source(Component component)
    {
        var given = SourceKeys.Where(key => component.Find(key) is not null).ToArray();
        if (given.Length != 1)
        {
            component.Refuse(component.Node, "exactly one of path, paths and const is needed");
            return new ValueSource.Constant("");
        }

        if (given[0] == "const")
            return new ValueSource.Constant(component.Text("const") ?? "");
        if (given[0] == "path")
            return Source(component.Find("path") ?? component.Node);
        var sources = component.List("paths").Select(Source).ToArray();
        if (sources.OfType<ValueSource.Computed>().Any())
            component.Refuse(component.Node, "paths takes paths only, no templates");
        return new ValueSource.Places([.. sources.OfType<ValueSource.Places>().SelectMany(places => places.Paths)]);
    }

    static ValueTable? Table(Component component, FieldType type, ImmutableArray<string> values)
    {
        var rows = component.Entries("values");
        if (rows.IsEmpty)
            return null;
        if (type is not (FieldType.Enum or FieldType.Text or FieldType.Boolean))
            component.Refuse(component.Node, "values is for enums, texts and booleans");
        foreach (var (_, node) in rows)
            if (node is not YamlText { Value: var to } text)
                component.Refuse(node, "a single value is expected here");
            else if (!text.IsNull && !values.IsEmpty && !values.Contains(to))
                component.Refuse(
                    node, $"\"{to}\" is none of the field's values{CloseNames.Hint(to, values)}; they are: {string.Join(", ", values)}");
        return new ValueTable(rows.Select(row => KeyValuePair.Create(
            row.Key, row.Value is YamlText { IsNull: false, Value: var to } ? to : null)));
    }

    static DateTimeFormat? Format(Component component, FieldType type)
    {
        if (component.Text("format") is not { } format)
            return null;
        if (type is not (FieldType.DateTime or FieldType.Date))
            component.Refuse(component.Node, "format is for dates and times");
        try
        {
            return DateTimeFormat.Parse(format);
        }
        catch (ExpressionException error)
        {
            component.Refuse(component.Find("format") ?? component.Node, error.Message);
            return null;
        }
    }

    static void CheckConstant(Component component, ScalarMapping mapping, ImmutableArray<string> values)
    {
        foreach (var text in new[] { (mapping.Source as ValueSource.Constant)?.Value, mapping.Default })
            if (text is not null && !values.IsEmpty && !values.Contains(text))
                component.Refuse(component.Node, $"\"{text}\" is none of the field's values: {string.Join(", ", values)}");
    }

    JsonMapping? Json(YamlNode node, FieldShape shape)
    {
        if (shape.Kind == "map" && node is not YamlMap)
            entry.Refuse(node, "a map of the keys to keep is expected here, each with the path of its value");
        if (node is not YamlMap map)
            return new JsonMapping.Leaf(new ScalarMapping(Source(node)), shape);
        if (shape.Kind == "map")
            return CustomFields(map);
        var component = new Component(map, context, Parameters.None);
        JsonMapping? read;
        if (component.Find("object") is { } members)
            read = Object(component, members, shape);
        else if (component.Find("each") is { } each)
            read = Items(component, each, shape);
        else
            return Scalar(map, TypeOf(shape.Kind), [.. shape.Values]) is { } scalar ? new JsonMapping.Leaf(scalar, shape) : null;
        component.Close();
        return read;
    }

    /// <summary>Keys of the definition's own choice, each with the place of its value.</summary>
    JsonMapping.Object CustomFields(YamlMap map) => new(
    [
        .. map.Entries.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new JsonMapping.Member(
                pair.Key, Json(pair.Value, new FieldShape("any")) ?? Nothing, IsRequired: false, ShowsNull: false)),
    ]);

    JsonMapping.Object? Object(Component component, YamlNode node, FieldShape shape)
    {
        var entries = component.Entries("object");
        var form = shape.Kind == "oneOf" ? Variant(shape, entries) : shape;
        if (form is not { Kind: "object" })
        {
            component.Refuse(node, $"the field is no object but {shape.Kind}");
            return null;
        }

        foreach (var (key, value) in entries)
            if (!form.Fields.Any(field => field.Name == key))
                component.Refuse(
                    value, $"the field has no key \"{key}\"{CloseNames.Hint(key, form.Fields.Select(field => field.Name ?? ""))}");
        foreach (var required in form.Fields.Where(field => field is { Nullable: false, Optional: false }
            && !entries.Any(entry => entry.Key == field.Name)))
            component.Refuse(node, $"{required.Name} is missing, which the field must have");
        var members = form.Fields
            .Select(field => (Field: field, Entry: entries.FirstOrDefault(entry => entry.Key == field.Name)))
            .Where(pair => pair.Entry.Value is not null || pair.Field is { Nullable: true, Optional: false })
            .OrderBy(pair => pair.Field.Name, StringComparer.Ordinal)
            .Select(pair => new JsonMapping.Member(
                pair.Field.Name ?? "",
                pair.Entry.Value is { } value ? Json(value, pair.Field) ?? Nothing : Nothing,
                IsRequired: pair.Field is { Nullable: false, Optional: false },
                ShowsNull: pair.Field is { Nullable: true, Optional: false }));
        return new JsonMapping.Object([.. members]);
    }

    static JsonMapping.Leaf Nothing => new(new ScalarMapping(new ValueSource.Places([])), new FieldShape("any"));

    // The form whose literals are the constants that the mapping names.
    static FieldShape? Variant(FieldShape shape, ImmutableArray<KeyValuePair<string, YamlNode>> entries) =>
        shape.Variants.FirstOrDefault(variant => variant.Kind == "object"
            && entries.All(entry => variant.Fields.Any(field => field.Name == entry.Key))
            && variant.Fields.Where(field => field.Kind == "literal").All(literal => entries.Any(entry => entry.Key == literal.Name
                && (entry.Value as YamlMap)?.Find("const") is YamlText { Value: var text } && text == literal.Value)));

    JsonMapping.Items? Items(Component component, YamlNode each, FieldShape shape)
    {
        if (shape is not { Kind: "array", Item: { } itemShape })
        {
            component.Refuse(each, $"the field is no list but {shape.Kind}");
            return null;
        }

        if (each is not YamlText { Value: var text } || RecordPath.Parse(text, out _) is not { } path)
        {
            component.Refuse(each, "each must be the path of a list");
            return null;
        }

        if (component.Find("item") is not { } item)
        {
            component.Refuse(component.Node, "item is missing: how each item is mapped");
            return null;
        }

        var inner = new FieldReader(entry, context, isExploded: true);
        return inner.Json(item, itemShape) is { } mapping ? new JsonMapping.Items(path, mapping) : null;
    }

    static FieldType TypeOf(string kind) => kind switch
    {
        "datetime" => FieldType.DateTime,
        "date" => FieldType.Date,
        "boolean" => FieldType.Boolean,
        "number" or "integer" => FieldType.Number,
        "enum" or "literal" => FieldType.Enum,
        _ => FieldType.Text,
    };
}
