using System.Collections.Frozen;
using System.Net.Http.Headers;
using Kombo.Connectors.Expressions;

namespace Kombo.Connectors.Http;

/// <summary>Headers of an answer by name in any case; several lines of one header are joined by commas. <c>link</c> is a map
/// by relation: <c>headers['link']['next']['url']</c>.</summary>
sealed class HeaderView : ValueMap
{
    readonly FrozenDictionary<string, string> values;

    public HeaderView(HttpResponseHeaders headers, HttpContentHeaders content) =>
        values = headers.NonValidated.Concat(content.NonValidated)
            .ToFrozenDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);

    public string? Text(string name) => values.GetValueOrDefault(name);

    public override Value Find(string name)
    {
        if (name.Equals("link", StringComparison.OrdinalIgnoreCase))
            return Value.Of(new Links(LinkHeader.Parse(Text("link"))));
        return Text(name) is { } text ? Value.Of(text) : Value.Undefined;
    }

    sealed class Links(IReadOnlyDictionary<string, string> byRelation) : ValueMap
    {
        public override Value Find(string name) =>
            byRelation.TryGetValue(name, out var url) ? Value.Of(new Link(url)) : Value.Undefined;
    }

    sealed class Link(string url) : ValueMap
    {
        public override Value Find(string name) => name == "url" ? Value.Of(url) : Value.Undefined;
    }
}
