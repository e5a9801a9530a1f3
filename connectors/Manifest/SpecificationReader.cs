using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Kombo.Connectors.Manifest;

/// <summary>Reads <c>spec.connection_specification</c>, a JSON schema of one level, with our mark <c>identity: true</c> beside
/// Airbyte's <c>airbyte_secret: true</c>.</summary>
static class SpecificationReader
{
    public static Specification Read(Component root, ProblemList problems)
    {
        if (root.Child("spec") is not { } spec)
            return Specification.Empty;
        if (spec.Type("Spec") is { } type and not "Spec")
            spec.RefuseType(type, "a specification", "Spec");
        spec.Skip("documentation_url");
        var read = spec.Child("connection_specification") is { } schema ? Schema(schema, problems) : Specification.Empty;
        spec.Close();
        return read;
    }

    static Specification Schema(Component schema, ProblemList problems)
    {
        schema.Skip("$schema", "type", "title", "description");
        schema.Flag("additionalProperties", fallback: true);
        var properties = schema.Entries("properties")
            .Where(entry => entry.Value is YamlMap)
            .Select(entry => Property(entry.Key, new Component((YamlMap)entry.Value, new ReadContext(problems, []), Parameters.None)))
            .ToImmutableArray();
        var known = properties.Select(property => property.Name).ToHashSet(StringComparer.Ordinal);
        var read = new Specification(
            properties,
            Names(schema, schema.List("required"), known),
            [.. schema.Components("anyOf").Select(option => Option(option, known))]);
        schema.Close();
        return read;
    }

    static ImmutableArray<string> Option(Component option, HashSet<string> known)
    {
        var names = Names(option, option.List("required"), known);
        option.Close();
        return names;
    }

    static ImmutableArray<string> Names(Component component, ImmutableArray<YamlNode> nodes, HashSet<string> known)
    {
        foreach (var node in nodes)
            if (node is not YamlText { Value: var name } || !known.Contains(name))
                component.Refuse(node, "the name of a property is expected here");
        return [.. nodes.OfType<YamlText>().Select(node => node.Value)];
    }

    static Property Property(string name, Component schema)
    {
        schema.Skip("description", "examples", "order", "pattern_descriptor", "airbyte_hidden", "format", "group"); // for forms
        var read = new Property(name, schema.OneOf("type", "string", "boolean", "integer", "number") ?? "string")
        {
            IsSecret = schema.Flag("airbyte_secret"),
            IsIdentity = schema.Flag("identity"),
            Title = schema.Text("title"),
            Default = schema.Text("default"),
            Allowed = [.. schema.List("enum").OfType<YamlText>().Select(value => value.Value)],
            Pattern = Pattern(schema),
        };
        if (read is { IsSecret: true, IsIdentity: true })
            schema.Refuse(schema.Node, $"{name} cannot be both identity and airbyte_secret: identities are compared and shown");
        if (read.Default is { } value && read.Problem(value) is { } problem)
            schema.Refuse(schema.Find("default") ?? schema.Node, $"default {problem}");
        schema.Close();
        return read;
    }

    static Regex? Pattern(Component schema)
    {
        if (schema.Text("pattern") is not { } pattern)
            return null;
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            schema.Refuse(
                schema.Find("pattern") ?? schema.Node, "pattern is no regular expression that can be matched in bounded time");
            return null;
        }
    }
}
