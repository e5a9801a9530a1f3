using System.Collections.Immutable;
using System.Globalization;
using Kombo.Connectors.Expressions;
using Kombo.Core.Scope;

namespace Kombo.Connectors.Manifest;

/// <summary>A map of a definition that is being read. Each key is asked for by name; <see cref="Close"/> refuses those that
/// nobody asked for, so that nothing is ignored silently.</summary>
/// <remarks>As in Airbyte's manifests, <c>$parameters</c> are handed down to all components below, and stand in for keys that
/// a component lacks.</remarks>
sealed class Component
{
    readonly YamlMap map;
    readonly ReadContext context;
    readonly ImmutableDictionary<string, YamlNode> parameters;
    readonly HashSet<string> asked = new(StringComparer.Ordinal) { "$parameters" };

    public Component(YamlMap map, ReadContext context, ImmutableDictionary<string, YamlNode> inherited)
    {
        (this.map, this.context) = (map, context);
        parameters = map.Find("$parameters") is YamlMap own ? inherited.SetItems(own.Entries) : inherited;
    }

    public YamlMap Node => map;

    /// <summary>Marks keys as understood although they change nothing here.</summary>
    public void Skip(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            asked.Add(key);
    }

    /// <summary>The value of a key, else the parameter of that name; null if there is neither or it is null.</summary>
    public YamlNode? Find(string key)
    {
        asked.Add(key);
        var value = map.Find(key) ?? parameters.GetValueOrDefault(key);
        return value is YamlText { IsNull: true } ? null : value;
    }

    /// <returns>The type as written, else the fallback; null and a problem if neither is there.</returns>
    public string? Type(string? fallback)
    {
        asked.Add("type");
        if (map.Find("type") is YamlText { Value: var type })
            return type;
        if (fallback is null)
            context.Problems.Add(map, "has no type");
        return fallback;
    }

    public string? Text(string key) => Find(key) switch
    {
        null => null,
        YamlText { Value: var text } => text,
        var other => Refuse<string>(other, $"{key} must be a text"),
    };

    public string RequiredText(string key)
    {
        if (Text(key) is { Length: > 0 } text)
            return text;
        context.Problems.Add(map, $"{key} is missing");
        return "";
    }

    public int? Number(string key) => Find(key) switch
    {
        null => null,
        YamlText { Value: var text } when int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= 0 => number,
        var other => Refuse<int?>(other, $"{key} must be a whole number of at least 0"),
    };

    public double? Share(string key) => Find(key) switch
    {
        null => null,
        YamlText { Value: var text } when double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share)
            && share is >= 0 and <= 1 => share,
        var other => Refuse<double?>(other, $"{key} must be a number from 0 to 1"),
    };

    public bool Flag(string key, bool fallback = false) => Find(key) switch
    {
        null => fallback,
        YamlText { IsPlain: true, Value: "true" or "True" } => true,
        YamlText { IsPlain: true, Value: "false" or "False" } => false,
        var other => Refuse(other, $"{key} must be true or false", fallback),
    };

    public string? OneOf(string key, params ReadOnlySpan<string> known)
    {
        var text = Text(key);
        if (text is null || known.Contains(text))
            return text;
        return Refuse<string>(
            Find(key) ?? map, $"{key} \"{text}\" is not supported; supported are: {string.Join(", ", known.ToArray())}");
    }

    public ImmutableArray<YamlNode> List(string key) => Find(key) switch
    {
        null => [],
        YamlList list => list.Items,
        var other => Refuse<ImmutableArray<YamlNode>>(other, $"{key} must be a list", []),
    };

    public ImmutableArray<KeyValuePair<string, YamlNode>> Entries(string key) => Find(key) switch
    {
        null => [],
        YamlMap entries => entries.Entries,
        var other => Refuse<ImmutableArray<KeyValuePair<string, YamlNode>>>(other, $"{key} must be a map", []),
    };

    /// <summary>The components of a list; what is none is refused.</summary>
    public IEnumerable<Component> Components(string key) => List(key).Select(Below).OfType<Component>();

    /// <summary>A component below this one; null if there is none.</summary>
    public Component? Child(string key) => Find(key) is { } node ? Below(node) : null;

    /// <summary>The component that a node is; null and a problem if it is none.</summary>
    public Component? Below(YamlNode node) => node is YamlMap child
        ? new Component(child, context, parameters)
        : Refuse<Component>(node, "a component is expected here, that is a map with a type");

    /// <summary>A text with expressions; null if the key is not there.</summary>
    public Template? Template(string key, Roots roots) => Find(key) is { } node ? Compile(node, roots) : null;

    public Template RequiredTemplate(string key, Roots roots)
    {
        if (Template(key, roots) is { } template)
            return template;
        context.Problems.Add(map, $"{key} is missing");
        return Expressions.Template.Constant("");
    }

    /// <summary>An expression that is a condition: text without one would always hold.</summary>
    public Template? Condition(string key, Roots roots)
    {
        var template = Template(key, roots);
        if (template is { IsConstant: true }
            && Find(key) is YamlText { Value: var text } && !text.Contains("{{", StringComparison.Ordinal))
            context.Problems.Add(Find(key) ?? map, $"{key} holds no expression: write it in {{{{ }}}}");
        return template;
    }

    public Template Compile(YamlNode node, Roots roots)
    {
        if (node is not YamlText { Value: var text })
            return Refused(node, "a text is expected here");
        try
        {
            var constants = parameters.Where(pair => pair.Value is YamlText)
                .ToImmutableDictionary(pair => pair.Key, pair => ((YamlText)pair.Value).Value);
            return Expressions.Template.Compile(text, new ExpressionNames(roots, context.Settings, constants));
        }
        catch (ExpressionException error)
        {
            return Refused(node, error.Message);
        }
    }

    Template Refused(YamlNode at, string message)
    {
        context.Problems.Add(at, message);
        return Expressions.Template.Constant("");
    }

    public void Refuse(YamlNode at, string message) => context.Problems.Add(at, message);

    /// <summary>Says that a component is not in the supported subset.</summary>
    public void RefuseType(string? type, string role, params ReadOnlySpan<string> supported)
    {
        if (type is not null)
            context.Problems.Add(
                map, $"the component {type} is not supported as {role}; supported are: {string.Join(", ", supported.ToArray())}");
    }

    /// <summary>Refuses the keys that nobody asked for.</summary>
    public void Close()
    {
        foreach (var (key, value) in map.Entries)
            if (!asked.Contains(key))
                context.Problems.Add(value, $"the key \"{key}\" is not supported here{CloseNames.Hint(key, asked)}");
    }

    T? Refuse<T>(YamlNode at, string message, T? instead = default)
    {
        context.Problems.Add(at, message);
        return instead;
    }
}

/// <param name="Settings">Properties of the connection specification.</param>
sealed record ReadContext(ProblemList Problems, ImmutableHashSet<string> Settings);
