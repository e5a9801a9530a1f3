using System.Text;
using Kombo.Connectors.Times;
using Kombo.Core.Models;
using Kombo.Core.Records;

namespace Kombo.Connectors.Mapping;

/// <summary>Writes a nested field in canonical form.</summary>
sealed class JsonColumn(Field field, JsonMapping mapping) : Column(field)
{
    readonly CanonicalJson json = new();
    readonly JsonPart part = JsonPart.Of(mapping);

    protected override string? WriteValue(in RecordContext context, RowWriter writer)
    {
        json.Truncate(0);
        var outcome = part.Append(json, context);
        if (outcome.Error is { } error)
            return error;
        if (!outcome.HasValue)
            return WriteNothing(writer);
        writer.WriteJson(json.Text);
        return null;
    }
}

/// <summary>What became of a part of a nested value.</summary>
/// <param name="HasValue">Something was appended.</param>
readonly record struct JsonOutcome(bool HasValue, string? Error)
{
    public static JsonOutcome Nothing => default;

    public static JsonOutcome Written => new(true, null);

    public static JsonOutcome Failed(string error) => new(false, error);
}

/// <summary>A compiled <see cref="JsonMapping"/>. Not for two threads at a time.</summary>
abstract class JsonPart
{
    public abstract JsonOutcome Append(CanonicalJson json, in RecordContext context);

    public static JsonPart Of(JsonMapping mapping) => mapping switch
    {
        JsonMapping.Object map => new ObjectPart(map),
        JsonMapping.Items items => new ItemsPart(items),
        JsonMapping.Leaf leaf => new LeafPart(leaf),
        _ => throw new InvalidOperationException($"unknown mapping {mapping.GetType().Name}"),
    };

    /// <summary>An object none of whose members has a value is nothing.</summary>
    sealed class ObjectPart(JsonMapping.Object map) : JsonPart
    {
        readonly (byte[] Key, JsonPart Part, JsonMapping.Member Member)[] members =
            [.. map.Members.Select(member => (Encoding.UTF8.GetBytes(member.Key), Of(member.Value), member))];

        public override JsonOutcome Append(CanonicalJson json, in RecordContext context)
        {
            var start = json.Length;
            string? missing = null;
            var (written, values) = (0, 0);
            json.Append("{"u8);
            foreach (var (key, part, member) in members)
            {
                var before = json.Length;
                json.AppendKey(key, isFirst: written == 0);
                var outcome = part.Append(json, context);
                if (outcome.Error is { } error)
                    return JsonOutcome.Failed($"{member.Key}: {error}");
                if (outcome.HasValue)
                    values++;
                else if (member.ShowsNull)
                    json.Append("null"u8);
                else
                    json.Truncate(before);
                written += outcome.HasValue || member.ShowsNull ? 1 : 0;
                missing ??= !outcome.HasValue && member.IsRequired ? member.Key : null;
            }

            if (values == 0)
            {
                json.Truncate(start);
                return JsonOutcome.Nothing;
            }

            json.Append("}"u8);
            return missing is null ? JsonOutcome.Written : JsonOutcome.Failed($"{missing}: {Reason.Missing}");
        }
    }

    sealed class ItemsPart(JsonMapping.Items items) : JsonPart
    {
        readonly JsonPart item = Of(items.Item);

        public override JsonOutcome Append(CanonicalJson json, in RecordContext context)
        {
            if (!items.Each.TryFind(context.Record, out var list))
                return JsonOutcome.Nothing;
            if (list.ValueKind != System.Text.Json.JsonValueKind.Array)
                return JsonOutcome.Failed(Reason.NotArray);
            json.Append("["u8);
            var count = 0;
            foreach (var element in list.EnumerateArray())
            {
                var before = json.Length;
                if (count > 0)
                    json.Append(","u8);
                var outcome = item.Append(json, new RecordContext(new RecordScope(element, context.Record.Record), context.Scope));
                if (outcome.Error is { } error)
                    return JsonOutcome.Failed(error);
                if (outcome.HasValue)
                    count++;
                else
                    json.Truncate(before);
            }

            json.Append("]"u8);
            return JsonOutcome.Written;
        }
    }

    sealed class LeafPart(JsonMapping.Leaf leaf) : JsonPart
    {
        readonly ScalarReader reader = new(leaf.Value);

        public override JsonOutcome Append(CanonicalJson json, in RecordContext context)
        {
            var value = reader.Read(context);
            if (value.Kind == ScalarKind.Missing)
                return JsonOutcome.Nothing;
            return ShapeWriter.Append(json, value, leaf.Shape, leaf.Value.Format ?? DateTimeFormat.Rfc3339);
        }
    }
}
