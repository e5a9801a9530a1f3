using System.Collections.Immutable;
using Kombo.Connectors.Paging;

namespace Kombo.Connectors.Reading;

/// <summary>Puts streams whose records others refer to first; otherwise the file's order holds. Pure.</summary>
static class StreamOrder
{
    public static ImmutableArray<StreamPlan> Sort(ConnectorDefinition definition)
    {
        var sorted = ImmutableArray.CreateBuilder<StreamPlan>();
        var visited = new HashSet<string>(StringComparer.Ordinal);
        foreach (var stream in definition.Streams)
            Visit(stream);
        return sorted.ToImmutable();

        // A stream is marked before those it needs are visited, so a circle of references ends.
        void Visit(StreamPlan stream)
        {
            if (!visited.Add(stream.Name))
                return;
            foreach (var other in definition.Streams.Where(other => Needs(definition, stream, other)))
                Visit(other);
            sorted.Add(stream);
        }
    }

    static bool Needs(ConnectorDefinition definition, StreamPlan stream, StreamPlan other)
    {
        var provided = Models(definition, other).Select(model => model.Model.Name).ToHashSet(StringComparer.Ordinal);
        return Models(definition, stream).SelectMany(model => model.Model.Fields)
            .Any(field => field.Ref is { } target && provided.Contains(target));
    }

    static IEnumerable<ModelDefinition> Models(ConnectorDefinition definition, StreamPlan stream) =>
        definition.Models.Where(model => model.Stream == stream.Name);
}
