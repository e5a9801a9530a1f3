using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Mapping;
using Kombo.Connectors.Paging;
using Kombo.Core.Records;
using Kombo.Core.Runs;

namespace Kombo.Connectors.Reading;

/// <summary>Disposing it disposes the batches.</summary>
/// <param name="Newest">The newest change time on the page.</param>
/// <param name="Gap">Why the items that its records hold are not known to be all; null if they are.</param>
sealed record MappedPage(
    ImmutableArray<RecordBatch> Batches, ImmutableArray<RecordError> Errors, DateTimeOffset? Newest, string? Gap) : IDisposable
{
    public void Dispose()
    {
        foreach (var batch in Batches)
            batch.Dispose();
    }

    /// <param name="before">Of the pages before.</param>
    public ImmutableArray<ModelErrors> After(ImmutableArray<ModelErrors> before) =>
    [
        .. Batches.Select(batch =>
        {
            var (name, earlier) = (batch.Model.Name, before.FirstOrDefault(model => model.Model == batch.Model.Name));
            return new ModelErrors(
                name, (earlier?.Mapped ?? 0) + batch.Count, (earlier?.Errors ?? 0) + Errors.Count(error => error.Model == name));
        }),
    ];
}

/// <summary>Maps the rows of a page to the models of a stream.</summary>
/// <param name="since">Rows that changed before are passed over; null: none are.</param>
sealed class PageMapper(StreamPlan plan, StreamSetup setup, DateTimeOffset? since)
{
    readonly Scratch scratch = new();

    /// <summary>Records in the whole list as far as the source tells.</summary>
    public long? Total(in EvaluationScope page)
    {
        foreach (var mapper in setup.Mappers)
            if (mapper.Mapping.Total is { } total)
            {
                var value = total.Evaluate(page);
                var number = value.Kind == ValueKind.Number ? value.Number
                    : decimal.TryParse(value.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var parsed) ? parsed
                    : -1;
                return number is >= 0 and <= long.MaxValue ? (long)number : null;
            }

        return null;
    }

    public MappedPage Map(List<JsonElement> rows, in EvaluationScope page)
    {
        var errors = new List<RecordError>();
        var builders = setup.Mappers.Select(mapper => mapper.NewBatch()).ToArray();
        DateTimeOffset? newest = null;
        string? gap = null;
        try
        {
            for (var i = 0; i < rows.Count; i++)
                if (Check(rows[i], page, out var changed, out var isWanted) is { } problem)
                    Refuse(rows[i], i, problem, page, errors);
                else if (isWanted)
                {
                    newest = changed > newest || newest is null ? changed : newest;
                    for (var m = 0; m < builders.Length; m++)
                    {
                        var target = new MapTarget(builders[m], errors, new Place(plan.Rows, i));
                        var missing = setup.Mappers[m].Map(rows[i], target, page);
                        gap ??= missing;
                    }
                }

            return new MappedPage([.. builders.Select(builder => builder.Build())], [.. errors], newest, gap);
        }
        finally
        {
            foreach (var builder in builders)
                builder.Dispose();
        }
    }

    string? Check(JsonElement row, in EvaluationScope page, out DateTimeOffset? changed, out bool isWanted)
    {
        (changed, isWanted) = (null, false);
        if ((CheckForm(row) ?? ReadChange(row, out changed)) is { } problem)
            return problem;
        try
        {
            isWanted = !(changed < since) && plan.Filter?.IsTrue(page with { Record = row }) != false;
            return null;
        }
        catch (ExpressionException error)
        {
            return $"cannot be filtered: {error.Message}";
        }
    }

    string? CheckForm(JsonElement row)
    {
        if (row.ValueKind != JsonValueKind.Object)
            return Reason.NotObject;
        return JsonMarshal.GetRawUtf8Value(row).Length > setup.Limits.RecordBytes
            ? $"is larger than {setup.Limits.RecordBytes} bytes"
            : null;
    }

    string? ReadChange(JsonElement row, out DateTimeOffset? changed)
    {
        changed = null;
        if (plan.Cursor is not { } cursor || !cursor.Field.TryFind(row, out var element))
            return null;
        var text = Scalar.Of(element, scratch);
        if (text.Kind is not (ScalarKind.Text or ScalarKind.Number) || !cursor.TryRead(text.Utf8, out var value))
            return $"its change time {cursor.Field} {Reason.NotDateTime}";
        changed = value;
        return null;
    }

    // Its id is told where it can be read, so that the record counts as one that exists.
    void Refuse(JsonElement row, int index, string problem, in EvaluationScope page, List<RecordError> errors)
    {
        foreach (var mapper in setup.Mappers)
        {
            var context = new RecordContext(new RecordScope(row, default), page);
            var id = row.ValueKind == JsonValueKind.Object && mapper.Mapping.Each is null ? mapper.ReadRemoteId(context, out _) : null;
            errors.Add(new RecordError(mapper.Model.Name, id, new Place(plan.Rows, index).ToString(), problem));
        }
    }
}
