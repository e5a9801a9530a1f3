using System.Collections.Immutable;

namespace Kombo.Connectors.Manifest;

/// <summary>Replaces each <c>$ref: "#/definitions/…"</c> of a manifest by what it points at; keys beside a $ref win. Source:
/// Airbyte's ManifestReferenceResolver.</summary>
/// <param name="root">The manifest, where every reference begins.</param>
sealed class References(YamlMap root, ProblemList problems)
{
    const int MostNodes = 200_000;
    int nodes;

    public YamlMap Resolve() => (YamlMap)Resolve(root, []);

    YamlNode Resolve(YamlNode node, ImmutableHashSet<string> open)
    {
        if (++nodes > MostNodes)
        {
            problems.Add("the manifest is too large once its references are copied");
            return node;
        }

        return node switch
        {
            YamlMap map => Resolve(map, open),
            YamlList list => list with { Items = [.. list.Items.Select(item => Resolve(item, open))] },
            YamlText { Value: var text } when text.StartsWith("#/", StringComparison.Ordinal) => Follow(node, text, open),
            _ => node,
        };
    }

    YamlNode Resolve(YamlMap map, ImmutableHashSet<string> open)
    {
        var own = map with
        {
            Entries =
            [
                .. map.Entries.Where(entry => entry.Key != "$ref")
                    .Select(entry => KeyValuePair.Create(entry.Key, Resolve(entry.Value, open))),
            ],
        };
        if (map.Find("$ref") is not { } reference)
            return own;
        if (reference is not YamlText { Value: var text } || !text.StartsWith("#/", StringComparison.Ordinal))
        {
            problems.Add(reference, "$ref must look like \"#/definitions/name\"");
            return own;
        }

        return Follow(reference, text, open) switch
        {
            YamlMap target => Merge(target, own),
            var target when own.Entries.IsEmpty => target,
            _ => own,
        };
    }

    static YamlMap Merge(YamlMap target, YamlMap own) => own with
    {
        Entries = [.. target.Entries.Where(entry => own.Find(entry.Key) is null), .. own.Entries],
    };

    YamlNode Follow(YamlNode at, string reference, ImmutableHashSet<string> open)
    {
        if (open.Contains(reference))
            problems.Add(at, $"$ref \"{reference}\" leads back to itself");
        else if (Find(reference) is { } target)
            return Resolve(target, open.Add(reference));
        else
            problems.Add(at, $"$ref \"{reference}\" points at nothing");
        return new YamlMap(at.Path, at.Line, []);
    }

    YamlNode? Find(string reference)
    {
        YamlNode? node = root;
        foreach (var segment in reference[2..].Split('/'))
            node = node switch
            {
                YamlMap map => map.Find(segment),
                YamlList list when int.TryParse(segment, out var index) && index >= 0 && index < list.Items.Length => list.Items[index],
                _ => null,
            };
        return node;
    }
}
