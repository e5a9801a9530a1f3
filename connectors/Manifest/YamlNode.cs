using System.Collections.Immutable;

namespace Kombo.Connectors.Manifest;

/// <summary>A piece of a definition file that knows where it stands.</summary>
/// <param name="Path">E.g. <c>source.streams[0].retriever</c>: where it was written, also after a $ref brought it elsewhere.</param>
/// <param name="Line">From 1.</param>
abstract record YamlNode(string Path, int Line)
{
    /// <summary>For messages.</summary>
    public string Place => Path.Length == 0 ? $"line {Line}" : $"{Path} (line {Line})";
}

/// <param name="Entries">In the file's order, keys differ.</param>
sealed record YamlMap(string Path, int Line, ImmutableArray<KeyValuePair<string, YamlNode>> Entries) : YamlNode(Path, Line)
{
    public YamlNode? Find(string key)
    {
        foreach (var (name, value) in Entries)
            if (name == key)
                return value;
        return null;
    }
}

sealed record YamlList(string Path, int Line, ImmutableArray<YamlNode> Items) : YamlNode(Path, Line);

/// <param name="IsPlain">Written without quotes, so that true, 5 or null may be meant.</param>
sealed record YamlText(string Path, int Line, string Value, bool IsPlain) : YamlNode(Path, Line)
{
    public bool IsNull => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL";
}
