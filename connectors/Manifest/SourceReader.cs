using System.Collections.Immutable;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Mapping;
using Kombo.Connectors.Paging;

namespace Kombo.Connectors.Manifest;

/// <summary>Reads an Airbyte low-code manifest whose references are resolved: the supported components of it, nothing else.
/// Source: declarative_component_schema.yaml of airbyte-python-cdk.</summary>
static class SourceReader
{
    public static (Specification, ImmutableArray<StreamPlan>) Read(YamlMap manifest, ProblemList problems)
    {
        var root = new Component(manifest, new ReadContext(problems, []), Parameters.None);
        if (root.Type(null) is { } type and not "DeclarativeSource")
            root.RefuseType(type, "a source", "DeclarativeSource");
        root.RequiredText("version");
        root.Skip("definitions", "metadata", "description"); // definitions is what references point at
        var specification = SpecificationReader.Read(root, problems);
        var context = new ReadContext(problems, [.. specification.Properties.Select(property => property.Name)]);
        var streams = root.List("streams").OfType<YamlMap>()
            .Select(stream => Stream(new Component(stream, context, Parameters.None)))
            .ToImmutableArray();
        if (streams.IsEmpty)
            root.Refuse(root.Find("streams") ?? manifest, "streams is missing: a list of at least one DeclarativeStream");
        foreach (var twice in streams.GroupBy(stream => stream.Name).Where(group => group.Count() > 1))
            root.Refuse(manifest, $"two streams are named \"{twice.Key}\"");
        Check(root, streams);
        root.Close();
        return (specification, streams);
    }

    static void Check(Component root, ImmutableArray<StreamPlan> streams)
    {
        if (root.Child("check") is not { } check)
            return;
        if (check.Type("CheckStream") is { } type and not "CheckStream")
            check.RefuseType(type, "a check", "CheckStream");
        foreach (var name in check.List("stream_names").OfType<YamlText>())
            if (!streams.Any(stream => stream.Name == name.Value))
                check.Refuse(name, $"no stream is named \"{name.Value}\"");
        check.Close();
    }

    static StreamPlan Stream(Component stream)
    {
        if (stream.Type("DeclarativeStream") is { } type and not "DeclarativeStream")
            stream.RefuseType(type, "a stream", "DeclarativeStream");
        // What describes records for Airbyte's destinations has no meaning here: models say what is stored.
        stream.Skip("primary_key", "schema_loader", "description");
        var plan = new StreamPlan
        {
            Name = stream.RequiredText("name"),
            Request = new RequestPlan { Url = Template.Constant(""), Method = HttpMethod.Get },
            Rows = new RowPath([]),
            Cursor = stream.Child("incremental_sync") is { } cursor ? CursorReader.Read(cursor) : null,
        };
        foreach (var transformation in stream.Components("transformations"))
            transformation.RefuseType(transformation.Type(null), "a transformation", "none; a model's fields can hold expressions");
        if (stream.Child("retriever") is { } retriever)
            plan = Retriever(retriever, plan);
        else
            stream.Refuse(stream.Node, "retriever is missing");
        stream.Close();
        return plan;
    }

    static StreamPlan Retriever(Component retriever, StreamPlan plan)
    {
        if (retriever.Type("SimpleRetriever") is { } type and not "SimpleRetriever")
            retriever.RefuseType(type, "a retriever", "SimpleRetriever");
        if (retriever.Child("decoder") is { } decoder)
        {
            if (decoder.Type(null) is { } kind and not "JsonDecoder")
                decoder.RefuseType(kind, "a decoder", "JsonDecoder");
            decoder.Close();
        }

        RefuseOther(retriever, "partition_router", "a partition router");
        retriever.Skip("name", "primary_key");
        var requester = retriever.Child("requester");
        if (requester is null)
            retriever.Refuse(retriever.Node, "requester is missing");
        var (rows, filter) = retriever.Child("record_selector") is { } selector
            ? Selector(selector)
            : (Lacks(retriever, "record_selector"), null);
        var read = plan with
        {
            Request = (requester is null ? plan.Request : RequesterReader.Read(requester)) with
            {
                BoundsOnFirstPageOnly = retriever.Flag("ignore_stream_slicer_parameters_on_paginated_requests"),
            },
            Rows = rows,
            Filter = filter,
            Paginator = retriever.Child("paginator") is { } paginator ? PaginatorReader.Read(paginator) : null,
        };
        retriever.Close();
        return read;
    }

    static RowPath Lacks(Component component, string key)
    {
        component.Refuse(component.Node, $"{key} is missing");
        return new RowPath([]);
    }

    // Named, so that the message tells which component is meant and not only that a key is unknown.
    static void RefuseOther(Component component, string key, string role)
    {
        if (component.Child(key) is { } other)
            other.RefuseType(other.Type(key), role, "none");
    }

    static (RowPath, Template?) Selector(Component selector)
    {
        if (selector.Type("RecordSelector") is { } type and not "RecordSelector")
            selector.RefuseType(type, "a record selector", "RecordSelector");
        selector.OneOf("schema_normalization", "None");
        var rows = selector.Child("extractor") is { } extractor ? Extractor(extractor) : Lacks(selector, "extractor");
        var filter = selector.Child("record_filter") is { } recordFilter ? Filter(recordFilter) : null;
        selector.Close();
        return (rows, filter);
    }

    static RowPath Extractor(Component extractor)
    {
        if (extractor.Type("DpathExtractor") is { } type and not "DpathExtractor")
            extractor.RefuseType(type, "an extractor", "DpathExtractor");
        if (extractor.Find("field_path") is null)
            extractor.Refuse(extractor.Node, "field_path is missing; an empty list stands for the root");
        var keys = extractor.List("field_path").Select(key => extractor.Compile(key, Roots.None).Text(default)).ToImmutableArray();
        extractor.Close();
        return new RowPath(keys);
    }

    static Template? Filter(Component filter)
    {
        if (filter.Type("RecordFilter") is { } type and not "RecordFilter")
            filter.RefuseType(type, "a record filter", "RecordFilter");
        var condition = filter.Condition("condition", Roots.Config | Roots.Record);
        filter.Close();
        return condition;
    }
}
