using System.Collections.Immutable;

namespace Kombo.Connectors.Expressions;

/// <summary>What an expression at some place of a definition may name.</summary>
/// <param name="Allowed">The roots that have a value there.</param>
/// <param name="Settings">Properties of the connection specification, the keys of <c>config</c>.</param>
/// <param name="Parameters">The component's <c>$parameters</c>: constants.</param>
sealed record ExpressionNames(
    Roots Allowed, ImmutableHashSet<string> Settings, ImmutableDictionary<string, string> Parameters)
{
    public static ImmutableDictionary<string, Roots> ByName { get; } = new Dictionary<string, Roots>(StringComparer.Ordinal)
    {
        ["config"] = Roots.Config,
        ["response"] = Roots.Response,
        ["headers"] = Roots.Headers,
        ["record"] = Roots.Record,
        ["parent"] = Roots.Parent,
        ["last_record"] = Roots.LastRecord,
        ["last_page_size"] = Roots.LastPageSize,
        ["next_page_token"] = Roots.NextPageToken,
        ["stream_interval"] = Roots.StreamInterval,
        ["id"] = Roots.Id,
    }.ToImmutableDictionary();

    /// <summary>Names that can be used here, for messages.</summary>
    public string Known => string.Join(", ",
        ByName.Where(pair => Allowed.HasFlag(pair.Value)).Select(pair => pair.Key).Append("parameters").Order(StringComparer.Ordinal));
}
