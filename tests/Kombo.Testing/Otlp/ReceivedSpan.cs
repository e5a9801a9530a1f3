namespace Kombo.Testing.Otlp;

/// <summary>A span as it was sent.</summary>
/// <param name="Source">Name of the ActivitySource.</param>
/// <param name="ParentId">Empty: none.</param>
/// <param name="Attributes">Its own, and those of the process (its own win); only the ones with text.</param>
public sealed record ReceivedSpan(
    string Source, string Name, string TraceId, string Id, string ParentId, IReadOnlyDictionary<string, string> Attributes)
{
    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);

    /// <summary>The spans of an ExportTraceServiceRequest.</summary>
    internal static IReadOnlyList<ReceivedSpan> Read(ReadOnlySpan<byte> request)
    {
        List<ReceivedSpan> spans = [];
        foreach (var field in new ProtobufFields(request))
            if (field.Number == 1)
                ReadResource(field.Bytes, spans);
        return spans;
    }

    static void ReadResource(ReadOnlySpan<byte> resourceSpans, List<ReceivedSpan> spans)
    {
        Dictionary<string, string> shared = [];
        foreach (var field in new ProtobufFields(resourceSpans))
            if (field.Number == 1)
                ReadAttributes(field.Bytes, 1, shared);
        foreach (var field in new ProtobufFields(resourceSpans))
            if (field.Number == 2)
                ReadScope(field.Bytes, shared, spans);
    }

    static void ReadScope(ReadOnlySpan<byte> scopeSpans, Dictionary<string, string> shared, List<ReceivedSpan> spans)
    {
        var source = "";
        foreach (var field in new ProtobufFields(scopeSpans))
        {
            if (field.Number == 1)
                source = TextOf(field.Bytes, 1);
            if (field.Number == 2)
                spans.Add(ReadSpan(source, field.Bytes, shared));
        }
    }

    static ReceivedSpan ReadSpan(string source, ReadOnlySpan<byte> span, Dictionary<string, string> shared)
    {
        var attributes = new Dictionary<string, string>(shared);
        ReadAttributes(span, 9, attributes);
        var (trace, id, parent) = ("", "", "");
        foreach (var field in new ProtobufFields(span))
            _ = field.Number switch
            {
                1 => trace = field.Hex,
                2 => id = field.Hex,
                4 => parent = field.Hex,
                _ => "",
            };
        return new(source, TextOf(span, 5), trace, id, parent, attributes);
    }

    static void ReadAttributes(ReadOnlySpan<byte> message, int number, Dictionary<string, string> attributes)
    {
        foreach (var field in new ProtobufFields(message))
        {
            if (field.Number != number)
                continue;
            foreach (var part in new ProtobufFields(field.Bytes))
                if (part.Number == 2)
                    attributes[TextOf(field.Bytes, 1)] = TextOf(part.Bytes, 1);
        }
    }

    static string TextOf(ReadOnlySpan<byte> message, int number)
    {
        foreach (var field in new ProtobufFields(message))
            if (field.Number == number)
                return field.Text;
        return "";
    }
}
