using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using Kombo.Core.Resources;
using Kombo.Crds.Schema;

namespace Kombo.Crds.Tests;

public sealed class SchemaAndTypesTests
{
    static readonly string[] OfEveryObject = ["apiVersion", "kind", "metadata"];

    public static TheoryData<string, Type, Type> Parts => new()
    {
        { "integrations.spec", typeof(V1Alpha1Integration), typeof(IntegrationSpec) },
        { "integrations.status", typeof(V1Alpha1Integration), typeof(IntegrationStatus) },
        { "syncschedules.spec", typeof(V1Alpha1SyncSchedule), typeof(SyncScheduleSpec) },
        { "syncschedules.status", typeof(V1Alpha1SyncSchedule), typeof(SyncScheduleStatus) },
    };

    [Theory, MemberData(nameof(Parts))]
    public void Schema_and_types_say_the_same(string path, Type kind, Type type)
    {
        var schema = SchemaOf(kind).Properties[path.Split('.')[1]];
        Differences(schema, type, path).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Parts))]
    public void Every_field_is_described_and_bounded(string path, Type kind, Type type)
    {
        type.ShouldNotBeNull();
        Bare(SchemaOf(kind).Properties[path.Split('.')[1]], path, isItem: false).ShouldBeEmpty();
    }

    [Fact]
    public void A_kind_has_nothing_beside_spec_and_status()
    {
        foreach (var schema in new[] { SchemaOf(typeof(V1Alpha1Integration)), SchemaOf(typeof(V1Alpha1SyncSchedule)) })
            schema.Properties.Keys.Except(OfEveryObject).ShouldBe(["spec", "status"], ignoreOrder: true);
    }

    [Fact]
    public void A_difference_is_seen_in_both_directions()
    {
        var schema = new StructuralSchema
        {
            Type = "object",
            Properties = ImmutableSortedDictionary<string, StructuralSchema>.Empty.Add("left", new() { Type = "string" }),
        };
        Differences(schema, typeof(OnlyRight), "x").Order()
            .ShouldBe(["x.left: in the schema only", "x.right: in the type only"]);
    }

    sealed record OnlyRight(string? Right);

    static StructuralSchema SchemaOf(Type kind) =>
        kind == typeof(V1Alpha1Integration) ? SchemaValidator.Of<V1Alpha1Integration>().Schema
            : SchemaValidator.Of<V1Alpha1SyncSchedule>().Schema;

    static IEnumerable<string> Differences(StructuralSchema schema, Type type, string path)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (ItemOf(type) is { } item)
            return schema is { Type: "array", Items: { } items } ? Differences(items, item, $"{path}[]")
                : [Mismatch(schema, type, path)];
        if (type == typeof(ImmutableSortedDictionary<string, string>))
            return schema is { Type: "object", AdditionalProperties.Type: "string" } ? []
                : [Mismatch(schema, type, path)];
        if (ScalarOf(type) is { } scalar)
            return (schema.Type, schema.Format) == scalar ? [] : [Mismatch(schema, type, path)];
        return schema.Type == "object" && schema.AdditionalProperties is null
            ? OfProperties(schema, type, path)
            : [Mismatch(schema, type, path)];
    }

    static IEnumerable<string> OfProperties(StructuralSchema schema, Type type, string path)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0)
            .ToDictionary(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name));
        return schema.Properties.Keys.Except(properties.Keys).Select(name => $"{path}.{name}: in the schema only")
            .Concat(properties.Keys.Except(schema.Properties.Keys).Select(name => $"{path}.{name}: in the type only"))
            .Concat(properties.Where(property => schema.Properties.ContainsKey(property.Key))
                .SelectMany(property => Differences(
                    schema.Properties[property.Key], property.Value.PropertyType, $"{path}.{property.Key}")));
    }

    static string Mismatch(StructuralSchema schema, Type type, string path) =>
        $"{path}: {schema.Type}/{schema.Format} in the schema, {type} as a type";

    static Type? ItemOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)
            ? type.GetGenericArguments()[0] : null;

    static (string? Type, string? Format)? ScalarOf(Type type) =>
        type == typeof(string) ? ("string", null)
        : type == typeof(bool) ? ("boolean", null)
        : type == typeof(int) ? ("integer", "int32")
        : type == typeof(long) ? ("integer", "int64")
        : type == typeof(DateTimeOffset) ? ("string", "date-time")
        : null;

    static IEnumerable<string> Bare(StructuralSchema schema, string path, bool isItem)
    {
        if (schema.Description is null && !isItem)
            yield return $"{path}: no description";
        var unbounded = schema.Type switch
        {
            "string" => schema.MaxLength is null && schema.Enum.IsEmpty && schema.Format is null,
            "array" => schema.MaxItems is null || schema.ListType is null,
            "object" => schema.AdditionalProperties is not null && schema.MaxProperties is null,
            _ => false,
        };
        if (unbounded)
            yield return $"{path}: no bound";
        foreach (var (name, child) in schema.Properties)
            foreach (var bare in Bare(child, $"{path}.{name}", isItem: false))
                yield return bare;
        foreach (var child in new[] { schema.Items, schema.AdditionalProperties }.OfType<StructuralSchema>())
            foreach (var bare in Bare(child, $"{path}[]", isItem: true))
                yield return bare;
    }
}
