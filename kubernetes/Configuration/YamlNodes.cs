using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kombo.Kubernetes.Configuration;

/// <summary>Tolerant reading of a YAML mapping: what is absent, null or of another shape is null.</summary>
internal static class YamlNodes
{
    extension(YamlMappingNode map)
    {
        public YamlNode? Child(string key) => map.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;

        public string? Text(string key) =>
            map.Child(key) is YamlScalarNode { Value: { } text } scalar && !scalar.IsNull() && text.Length > 0 ? text : null;

        public bool Flag(string key) => map.Text(key) is { } text && bool.TryParse(text, out var flag) && flag;

        public YamlMappingNode? Map(string key) => map.Child(key) as YamlMappingNode;

        public IEnumerable<YamlNode> Items(string key) => (map.Child(key) as YamlSequenceNode)?.Children ?? [];
    }

    public static bool IsNull(this YamlScalarNode scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is null or "~" or "null" or "Null" or "NULL";
}

/// <summary>The one part of a kubeconfig that is handed on as JSON: what an exec plugin is told about its cluster.</summary>
internal static class YamlToJson
{
    /// <returns>Null for an empty document or a null.</returns>
    public static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair =>
            KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", Convert(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode scalar => Scalar(scalar),
        _ => null,
    };

    static JsonValue? Scalar(YamlScalarNode scalar)
    {
        if (scalar.Style != ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str")
            return JsonValue.Create(scalar.Value ?? "");
        var text = scalar.Value ?? "";
        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ => Number(text) ?? JsonValue.Create(text),
        };
    }

    static JsonValue? Number(string text)
    {
        if (text[0] is not ((>= '0' and <= '9') or '-' or '+' or '.'))
            return null;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return JsonValue.Create(whole);
        const NumberStyles Float = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : null;
    }
}
