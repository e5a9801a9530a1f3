using System.Text;
using System.Text.Json;
using Kombo.Connectors.Expressions;
using Kombo.Core.Ids;
using Kombo.Core.Models;
using Kombo.Core.Records;
using Kombo.Core.Scope;

namespace Kombo.Connectors.Mapping;

/// <summary>Maps records of a stream to records of one model, through the scope: a field outside it is never read. Not for
/// two threads at a time.</summary>
sealed class ModelMapper
{
    /// <summary>In bytes of UTF-8: Postgres takes no entry of more than 2704 into an index, and the integration's id is in it too.</summary>
    const int LongestRemoteId = 1500;
    readonly ModelMapping mapping;
    readonly RecordIds ids;
    readonly Column?[] columns;
    readonly ScalarReader remoteId;
    readonly RemoteData? remoteData;

    public ModelMapper(ModelMapping mapping, CompiledScope scope, string integrationId)
    {
        this.mapping = mapping;
        ids = new RecordIds(integrationId, Model.Name);
        remoteId = new ScalarReader(new ScalarMapping(mapping.RemoteId));
        columns = [.. Model.Fields.Select((field, index) => mapping.Fields[index] is { } how && scope.Includes(Model, index)
            ? NewColumn(field, how, integrationId)
            : null)];
        remoteData = scope.RemoteData(Model) ? NewRemoteData() : null;
    }

    public Model Model => mapping.Model;

    public ModelMapping Mapping => mapping;

    public RecordBatchBuilder NewBatch() => new(Model, ids);

    /// <summary>Adds the record, or each item of its list, to the batch.</summary>
    /// <returns>Why the items are not known, where the record lacks a list that it should have; null if they are.</returns>
    public string? Map(JsonElement record, in MapTarget target, in EvaluationScope page)
    {
        if (mapping.Each is not { } each)
        {
            MapOne(new RecordScope(record, default), target, page);
            return null;
        }

        if (!each.TryFind(record, out var list))
            return mapping.MissingIsEmpty || !each.IsMissing(record) ? null
                : $"{target.Place} has no {each}, so that what is in it is not known: say missing: empty at {Model.Name} "
                    + "if that means that it has none";
        if (list.ValueKind != JsonValueKind.Array)
        {
            target.Errors.Add(new RecordError(Model.Name, null, $"{target.Place}.{each}", Reason.NotArray));
            return null;
        }

        var index = 0;
        foreach (var item in list.EnumerateArray())
            MapOne(new RecordScope(item, record), target with { Place = target.Place with { Each = each, Item = index++ } }, page);
        return null;
    }

    void MapOne(RecordScope record, in MapTarget target, in EvaluationScope page)
    {
        try
        {
            Add(record, target, page);
        }
        catch (ExpressionException error)
        {
            target.Batch.Rollback();
            target.Errors.Add(new RecordError(Model.Name, null, target.Place.ToString(), $"cannot be mapped: {error.Message}"));
        }
    }

    void Add(RecordScope record, in MapTarget target, in EvaluationScope page)
    {
        var context = new RecordContext(record, page);
        target.Batch.Begin();
        if (mapping.Where?.IsTrue(context.Scope) == false)
            return;
        var id = ReadRemoteId(context, out var problem);
        if (id is null || problem.Length > 0)
        {
            target.Errors.Add(new RecordError(Model.Name, id, target.Place.ToString(), problem));
            return;
        }

        if (Write(context, target.Batch.Values) is { } failed)
        {
            target.Batch.Rollback();
            target.Errors.Add(new RecordError(Model.Name, id, failed.Path, failed.Reason));
        }
        else if (remoteData?.Build(record.Record) is { } reason)
        {
            target.Batch.Rollback();
            target.Errors.Add(new RecordError(Model.Name, id, $"{Model.Name}.remote_data", reason));
        }
        else
            target.Batch.Commit(id, remoteData is null ? default : remoteData.Text);
    }

    (string Path, string Reason)? Write(in RecordContext context, RowWriter writer)
    {
        foreach (var column in columns)
            if (column is null)
                writer.WriteNull();
            else if (column.Write(context, writer) is { } reason)
                return ($"{Model.Name}.{column.Field.Name}", reason);
        return null;
    }

    /// <summary>The record's id as text; null where it has none that can be read.</summary>
    /// <param name="problem">Why nothing can be stored under it; empty if something can.</param>
    public string? ReadRemoteId(in RecordContext context, out string problem)
    {
        var id = mapping.RemoteId is ValueSource.Computed { Template: var template } ? Compute(template, context) : Read(context);
        problem = id switch
        {
            null or "" => "has no id",
            _ when id.Contains('\0') => $"its id {Reason.Nul}",
            _ when Encoding.UTF8.GetByteCount(id) > LongestRemoteId => $"its id is longer than {LongestRemoteId} bytes",
            _ => "",
        };
        return id is null or "" || id.Contains('\0') ? null : id;
    }

    string? Read(in RecordContext context)
    {
        var value = remoteId.Read(context);
        return value.Kind is ScalarKind.Text or ScalarKind.Number ? Encoding.UTF8.GetString(value.Utf8) : null;
    }

    static string? Compute(Template template, in RecordContext context)
    {
        try
        {
            return template.WholeText(context.Scope);
        }
        catch (ExpressionException)
        {
            return null;
        }
    }

    static Column NewColumn(Field field, FieldMapping mapping, string integrationId) => mapping switch
    {
        { Json: { } json } => new JsonColumn(field, json),
        { Scalar: { } scalar } => Column.Of(field, scalar, model => new RecordIds(integrationId, model)),
        _ => throw new InvalidOperationException($"the field {field.Name} has an empty mapping"),
    };

    RemoteData NewRemoteData()
    {
        var data = new RemoteData();
        data.Add(mapping.RemoteId);
        for (var i = 0; i < columns.Length; i++)
            if (columns[i] is not null && mapping.Fields[i] is { } field)
            {
                if (field.Scalar is { } scalar)
                    data.Add(scalar.Source);
                if (field.Json is { } json)
                    data.Add(json);
            }

        return data;
    }
}

/// <summary>Where mapped records and errors go.</summary>
readonly record struct MapTarget(RecordBatchBuilder Batch, List<RecordError> Errors, Place Place);

/// <summary>A record's place in the answer, for errors; e.g. <c>data[3].members[7]</c>.</summary>
readonly record struct Place(RowPath Rows, int Index)
{
    public RecordPath? Each { get; init; }
    public int Item { get; init; }

    public override string ToString() => Each is null ? $"{Rows}[{Index}]" : $"{Rows}[{Index}].{Each}[{Item}]";
}
