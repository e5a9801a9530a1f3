using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Kombo.Connectors;

/// <summary>The values of the credentials Secret. Neither printed nor serialised: <see cref="ToString"/> counts them.</summary>
public sealed class SourceCredentials
{
    readonly FrozenDictionary<string, string> values;

    /// <summary>White space around values is cut off, as line breaks at the end of a Secret's values are a common slip.</summary>
    public SourceCredentials(IEnumerable<KeyValuePair<string, string>> values) =>
        this.values = values.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.Trim(), StringComparer.Ordinal);

    public static SourceCredentials None { get; } = new([]);

    /// <summary>Names, never values, in order.</summary>
    public ImmutableArray<string> Keys => [.. values.Keys.Order(StringComparer.Ordinal)];

    public override string ToString() => $"SourceCredentials({values.Count} keys)";

    internal string? Find(string key) => values.GetValueOrDefault(key);
}
