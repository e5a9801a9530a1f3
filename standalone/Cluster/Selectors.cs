using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Kombo.Standalone.Cluster;

/// <summary>Label and field selectors of a list or watch.</summary>
internal sealed class Selectors
{
    readonly ImmutableArray<Func<JsonObject, bool>> tests;

    Selectors(ImmutableArray<Func<JsonObject, bool>> tests) => this.tests = tests;

    /// <exception cref="Kombo.Kubernetes.KubernetesException">400: one of them cannot be understood.</exception>
    public static Selectors Parse(string? labels, string? fields) => new(
        [.. SplitTopLevel(labels).Select(LabelTest), .. SplitTopLevel(fields).Select(FieldTest)]);

    public bool Match(JsonObject entity) => tests.All(test => test(entity));

    static Func<JsonObject, bool> LabelTest(string requirement)
    {
        if (requirement.StartsWith('!'))
            return entity => Label(entity, requirement[1..].Trim()) is null;
        if (requirement.Contains('('))
            return SetTest(requirement);
        var (key, isEqual, value) = SplitEquality(requirement);
        if (value is null)
            return entity => Label(entity, key) is not null;
        return entity => (Label(entity, key) == value) == isEqual;
    }

    // key in (a, b) and key notin (a, b)
    static Func<JsonObject, bool> SetTest(string requirement)
    {
        var open = requirement.IndexOf('(', StringComparison.Ordinal);
        var words = requirement[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not [var key, "in" or "notin"] || !requirement.EndsWith(')'))
            throw Failures.BadRequest($"unable to parse requirement: {requirement}");
        var values = requirement[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries);
        var isIn = words[1] == "in";
        return entity => (Label(entity, key) is { } value && values.Contains(value)) == isIn;
    }

    static Func<JsonObject, bool> FieldTest(string requirement)
    {
        var (path, isEqual, value) = SplitEquality(requirement);
        if (value is null)
            throw Failures.BadRequest($"invalid selector: '{requirement}'; can't understand '{requirement}'");
        return entity => (Field(entity, path) == value) == isEqual;
    }

    static (string Key, bool IsEqual, string? Value) SplitEquality(string requirement)
    {
        var at = requirement.IndexOf('=', StringComparison.Ordinal);
        if (at < 0)
            return (requirement.Trim(), true, null);
        var isNot = at > 0 && requirement[at - 1] == '!';
        return (requirement[..(isNot ? at - 1 : at)].Trim(), !isNot, requirement[at..].TrimStart('=').Trim());
    }

    static string? Label(JsonObject entity, string key) => entity["metadata"]?["labels"]?[key]?.GetValue<string>();

    static string Field(JsonObject entity, string path)
    {
        JsonNode? node = entity;
        foreach (var part in path.Split('.'))
            node = (node as JsonObject)?[part];
        return node?.ToString() ?? "";
    }

    static IEnumerable<string> SplitTopLevel(string? selector)
    {
        if (string.IsNullOrWhiteSpace(selector))
            yield break;
        var (depth, start) = (0, 0);
        for (var at = 0; at <= selector.Length; at++)
        {
            if (at == selector.Length || (selector[at] == ',' && depth == 0))
            {
                yield return selector[start..at].Trim();
                start = at + 1;
            }
            else
            {
                depth += selector[at] switch { '(' => 1, ')' => -1, _ => 0 };
            }
        }
    }
}
