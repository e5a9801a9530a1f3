using System.Collections.Immutable;
using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kombo.Standalone.Manifests;

/// <summary>On which line of a file each field of a document stands.</summary>
internal sealed class LineMap
{
    readonly Dictionary<string, int> lines = new(StringComparer.Ordinal);

    LineMap(YamlNode root)
    {
        First = (int)root.Start.Line;
        Walk(root, "");
    }

    /// <summary>Where the document begins.</summary>
    public int First { get; }

    /// <summary>A map for each document that is not empty, in order.</summary>
    public static ImmutableArray<LineMap> Read(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return
        [
            .. stream.Documents.Select(document => document.RootNode).Where(root => !IsEmpty(root))
                .Select(root => new LineMap(root))
        ];
    }

    /// <summary>The line of a field, or of the closest thing around it that exists.</summary>
    /// <param name="path">As the schema names it, e.g. <c>spec.scope.models[0].name</c>.</param>
    public int LineOf(string path)
    {
        while (true)
        {
            if (lines.TryGetValue(path, out var line))
                return line;
            var cut = path.AsSpan().LastIndexOfAny('.', '[');
            if (cut < 0)
                return First;
            path = path[..cut];
        }
    }

    static bool IsEmpty(YamlNode root) =>
        root is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    void Walk(YamlNode node, string path)
    {
        if (node is YamlMappingNode mapping)
            foreach (var (key, value) in mapping.Children)
                Note(key, value, path.Length == 0 ? key.ToString() : $"{path}.{key}");
        else if (node is YamlSequenceNode sequence)
            foreach (var (index, item) in sequence.Children.Index())
                Note(item, item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]"));
    }

    // The depth of YAML is bounded by its parser; an alias shows its anchor's lines once.
    void Note(YamlNode place, YamlNode value, string path)
    {
        if (lines.TryAdd(path, (int)place.Start.Line))
            Walk(value, path);
    }
}
