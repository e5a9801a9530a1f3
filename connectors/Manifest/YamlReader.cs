using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kombo.Connectors.Manifest;

/// <summary>Reads a definition file into nodes that know their place.</summary>
sealed class YamlReader
{
    const int LargestFile = 1024 * 1024;
    const int MostNodes = 50_000;
    const int DeepestNesting = 40;
    int nodes;

    /// <returns>Null if it cannot be read; then a problem says why.</returns>
    public static YamlMap? Read(string yaml, ProblemList problems)
    {
        if (yaml.Length > LargestFile)
        {
            problems.Add("the file is larger than 1 MiB");
            return null;
        }

        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            if (stream.Documents.Count != 1)
                problems.Add($"the file holds {stream.Documents.Count} YAML documents: keep one");
            else if (new YamlReader().Convert(stream.Documents[0].RootNode, "", 1, 0) is YamlMap map)
                return map;
            else
                problems.Add("line 1: a map is expected, with name, label, category, source and models");
        }
        catch (YamlException error)
        {
            problems.Add($"line {error.Start.Line}: {error.Message}");
        }

        return null;
    }

    // A value's line is that of its key: a nested map begins only below it. Aliases are copied, so the number of nodes is
    // counted here and not in the text.
    YamlNode Convert(YamlDotNet.RepresentationModel.YamlNode node, string path, int line, int depth)
    {
        if (++nodes > MostNodes || depth > DeepestNesting)
            throw new YamlException(node.Start, node.End, "the file is too large or nested too deeply once its aliases are copied");
        return node switch
        {
            YamlMappingNode map => new YamlMap(path, line,
                [.. map.Children.Select(child => KeyValuePair.Create(
                    Key(child.Key), Convert(child.Value, Below(path, Key(child.Key)), (int)child.Key.Start.Line, depth + 1)))]),
            YamlSequenceNode list => new YamlList(path, line,
                [.. list.Children.Select((child, index) => Convert(child, $"{path}[{index}]", (int)child.Start.Line, depth + 1))]),
            YamlScalarNode scalar => new YamlText(path, line, scalar.Value ?? "", scalar.Style == ScalarStyle.Plain),
            _ => throw new YamlException(node.Start, node.End, "this kind of YAML node is not supported"),
        };
    }

    static string Key(YamlDotNet.RepresentationModel.YamlNode key) => key is YamlScalarNode { Value: { } text }
        ? text
        : throw new YamlException(key.Start, key.End, "a key must be a text");

    static string Below(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
