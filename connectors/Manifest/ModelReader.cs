using System.Collections.Immutable;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Mapping;
using Kombo.Connectors.Paging;
using Kombo.Core.Models;
using Kombo.Core.Scope;

namespace Kombo.Connectors.Manifest;

/// <summary>Reads <c>models:</c>, our own part of a definition: which stream becomes which model, and how.</summary>
sealed class ModelReader(
    ModelCatalog catalog, ImmutableArray<StreamPlan> streams, Specification specification, ReadContext context)
{
    const Roots Record = Roots.Config | Roots.Record;
    const Roots Answer = Roots.Response | Roots.Headers;

    public ImmutableArray<(ModelDefinition Definition, ModelMapping Mapping)> Read(Component file)
    {
        var models = ImmutableArray.CreateBuilder<(ModelDefinition, ModelMapping)>();
        foreach (var (name, node) in file.Entries("models"))
            if (catalog.Find(name) is not { } model)
                file.Refuse(node, $"\"{name}\" is not a model{CloseNames.Hint(name, catalog.Models.Select(known => known.Name))}");
            else if (node is YamlMap map)
                models.Add(Read(model, new Component(map, context, Parameters.None)));
            else
                file.Refuse(node, "a map is expected here, with stream, remoteId and fields");
        if (file.Entries("models").IsEmpty)
            file.Refuse(file.Find("models") ?? file.Node, "models is missing or empty: map at least one model");
        return models.ToImmutable();
    }

    (ModelDefinition, ModelMapping) Read(Model model, Component entry)
    {
        var each = Path(entry, "each");
        var (canDelta, deltaWhen) = Delta(entry);
        var mapping = new ModelMapping
        {
            Model = model,
            Each = each,
            MissingIsEmpty = Missing(entry, isExploded: each is not null),
            Where = entry.Condition("where", each is null ? Record : Record | Roots.Parent),
            RemoteId = RemoteId(entry, isExploded: each is not null),
            Fields = Fields(model, entry, isExploded: each is not null),
            Total = entry.Condition("total", Answer),
            Cap = entry.Number("cap"),
        };
        var definition = new ModelDefinition(
            model,
            entry.RequiredText("stream"),
            canDelta,
            entry.Flag("cheap"),
            DeletionsOf(entry),
            entry.OneOf("paging", "stable", "unstable") == "stable")
        {
            DeltaWhen = deltaWhen,
            Record = entry.Find("record") is { } node ? RecordReader.Read(entry, node, each is not null) : null,
        };
        CheckStream(entry, definition);
        entry.Close();
        return (definition, mapping);
    }

    // A full sync within a bound that is moved forward leaves out records that live on.
    Deletions DeletionsOf(Component entry)
    {
        var said = entry.OneOf("deletions", "absence", "unknown");
        var stream = streams.FirstOrDefault(stream => stream.Name == entry.Text("stream"));
        if (stream is not { Cursor.Earliest: { IsConstant: false } })
            return said == "unknown" ? Deletions.Unknown : Deletions.ByAbsence;
        if (said == "absence")
            entry.Refuse(
                entry.Find("deletions") ?? entry.Node,
                $"deletions cannot be absence, because start_datetime of the stream \"{stream.Name}\" is no fixed time: records "
                + "before it would be taken for deleted when it moves");
        return Deletions.Unknown;
    }

    void CheckStream(Component entry, ModelDefinition definition)
    {
        var stream = streams.FirstOrDefault(stream => stream.Name == definition.Stream);
        if (stream is null && definition.Stream.Length > 0)
            entry.Refuse(
                entry.Find("stream") ?? entry.Node,
                $"no stream is named \"{definition.Stream}\""
                + CloseNames.Hint(definition.Stream, streams.Select(stream => stream.Name)));
        if (definition.Delta && stream is { Cursor: null })
            entry.Refuse(entry.Find("delta") ?? entry.Node, $"delta needs incremental_sync on the stream \"{definition.Stream}\"");
        if (definition.Record is not null && stream is { Request.Path: null })
            entry.Refuse(
                entry.Find("record") ?? entry.Node,
                $"record needs url_base and path on the requester of the stream \"{definition.Stream}\", instead of url");
        if (definition is { Delta: true, Cheap: true })
            entry.Refuse(entry.Find("cheap") ?? entry.Node, "delta and cheap exclude each other: cheap re-reads everything");
    }

    (bool CanDelta, Template? When) Delta(Component entry)
    {
        if (entry.Find("delta") is YamlText { IsPlain: true, Value: "true" or "false" })
            return (entry.Flag("delta"), null);
        if (entry.Find("delta") is not { } node)
            return (false, null);
        foreach (var secret in specification.Properties.Where(property => property.IsSecret && node is YamlText { Value: var text }
            && text.Contains(property.Name, StringComparison.Ordinal)))
            entry.Refuse(node, $"delta cannot depend on the secret {secret.Name}, because it is decided without credentials");
        return (true, entry.Condition("delta", Roots.Config));
    }

    static bool Missing(Component entry, bool isExploded)
    {
        var missing = entry.OneOf("missing", "empty", "incomplete");
        if (missing is not null && !isExploded)
            entry.Refuse(entry.Find("missing") ?? entry.Node, "missing says what a record without the list of each means, and there is no each");
        return missing == "empty";
    }

    static RecordPath? Path(Component entry, string key)
    {
        if (entry.Text(key) is not { } text)
            return null;
        if (RecordPath.Parse(text, out var error) is { } path)
            return path;
        entry.Refuse(entry.Find(key) ?? entry.Node, error ?? "is no path");
        return null;
    }

    ValueSource RemoteId(Component entry, bool isExploded)
    {
        if (entry.Find("remoteId") is { } node)
            return new FieldReader(entry, context, isExploded).Source(node);
        entry.Refuse(entry.Node, "remoteId is missing: a path, or a template such as \"{{ parent.id }}:{{ record.value }}\"");
        return new ValueSource.Constant("");
    }

    ImmutableArray<FieldMapping?> Fields(Model model, Component entry, bool isExploded)
    {
        var fields = new FieldMapping?[model.Fields.Length];
        var reader = new FieldReader(entry, context, isExploded);
        foreach (var (name, node) in entry.Entries("fields"))
            if (model.IndexOf(name) is >= 0 and var index)
                fields[index] = reader.Read(model.Fields[index], node);
            else
                entry.Refuse(
                    node, $"{model.Name} has no field \"{name}\"{CloseNames.Hint(name, model.Fields.Select(field => field.Name))}");
        for (var i = 0; i < fields.Length; i++)
            if (fields[i] is null && !model.Fields[i].Nullable)
                entry.Refuse(
                    entry.Find("fields") ?? entry.Node,
                    $"{model.Fields[i].Name} is not mapped, which each of {model.Name} must have");
        return [.. fields];
    }
}
