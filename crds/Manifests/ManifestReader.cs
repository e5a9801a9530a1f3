using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kombo.Crds.Manifests;

/// <summary>Reads manifests as kubectl does: YAML (JSON is YAML) to JSON.</summary>
public static class ManifestReader
{
    const int MostNodes = 1_000_000; // aliases of aliases grow without bound

    /// <summary>Every document that is not empty, in order.</summary>
    /// <exception cref="FormatException">Not YAML, or a key that is no text; says where.</exception>
    public static IReadOnlyList<JsonNode> Read(string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            var left = MostNodes;
            return [.. stream.Documents.Select(document => ToJson(document.RootNode, ref left)).OfType<JsonNode>()];
        }
        catch (YamlException exception)
        {
            throw new FormatException(
                $"line {exception.Start.Line}, column {exception.Start.Column}: {exception.Message}", exception);
        }
    }

    static JsonNode? ToJson(YamlNode node, ref int left)
    {
        if (--left < 0)
            throw new FormatException("the document has more than a million values");
        return node switch
        {
            YamlMappingNode mapping => Object(mapping, ref left),
            YamlSequenceNode sequence => Array(sequence, ref left),
            YamlScalarNode scalar => Scalar(scalar),
            _ => throw new FormatException($"line {node.Start.Line}: an alias that leads nowhere"),
        };
    }

    static JsonObject Object(YamlMappingNode mapping, ref int left)
    {
        var result = new JsonObject();
        foreach (var (key, value) in mapping.Children)
        {
            if (key is not YamlScalarNode { Value: { } name } || name == "<<")
                throw new FormatException(
                    $"line {key.Start.Line}, column {key.Start.Column}: a key must be text, and no merge key");
            result[name] = ToJson(value, ref left);
        }
        return result;
    }

    static JsonArray Array(YamlSequenceNode sequence, ref int left)
    {
        var result = new JsonArray();
        foreach (var item in sequence.Children)
            result.Add(ToJson(item, ref left));
        return result;
    }

    static JsonValue? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        var isText = scalar.Style is not ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str";
        return isText ? JsonValue.Create(text) : Plain(text);
    }

    // As kubectl's YAML 1.1 reads it: yes and on are true; times stay text.
    static JsonValue? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => JsonValue.Create(true),
        "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => JsonValue.Create(false),
        _ when Number(text) is { } number => number,
        _ => JsonValue.Create(text),
    };

    static JsonValue? Number(string text)
    {
        if (!char.IsAsciiDigit(text[0]) && text[0] is not ('-' or '+' or '.'))
            return null;
        if (text.Length > 1 && text[0] == '0' && text.All(digit => digit is >= '0' and <= '7') && text.Length < 20)
            return JsonValue.Create(Convert.ToInt64(text, fromBase: 8));
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return JsonValue.Create(whole);
        if (text.StartsWith("0x", StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex))
            return JsonValue.Create(hex);
        const NumberStyles Style =
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Style, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
            ? JsonValue.Create(real)
            : null;
    }
}
