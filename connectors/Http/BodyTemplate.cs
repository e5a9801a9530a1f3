using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kombo.Connectors.Expressions;

namespace Kombo.Connectors.Http;

/// <summary>A JSON body with expressions in its texts.</summary>
abstract record BodyTemplate
{
    public abstract JsonNode? Evaluate(in EvaluationScope scope);

    public sealed record Leaf(Template Template) : BodyTemplate
    {
        public override JsonNode? Evaluate(in EvaluationScope scope) => RequestDraft.ToNode(Template.Evaluate(scope));
    }

    /// <summary>A number or boolean as it is written.</summary>
    public sealed record Literal(string Json) : BodyTemplate
    {
        public override JsonNode? Evaluate(in EvaluationScope scope) => JsonNode.Parse(Json);
    }

    public sealed record List(ImmutableArray<BodyTemplate> Items) : BodyTemplate
    {
        public override JsonNode Evaluate(in EvaluationScope scope)
        {
            var list = new JsonArray();
            foreach (var item in Items)
                list.Add(item.Evaluate(scope));
            return list;
        }
    }

    /// <summary>Keys whose value is null are left out, as parameters and headers are.</summary>
    public sealed record Map(ImmutableArray<KeyValuePair<string, BodyTemplate>> Entries) : BodyTemplate
    {
        public override JsonNode Evaluate(in EvaluationScope scope)
        {
            var map = new JsonObject();
            foreach (var (key, value) in Entries)
                if (value.Evaluate(scope) is { } node)
                    map[key] = node;
            return map;
        }
    }
}
