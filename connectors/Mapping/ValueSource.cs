using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Times;

namespace Kombo.Connectors.Mapping;

/// <summary>Where a value comes from.</summary>
abstract record ValueSource
{
    /// <summary>The first of these places that holds something.</summary>
    public sealed record Places(ImmutableArray<RecordPath> Paths) : ValueSource
    {
        public override ImmutableArray<RecordPath> Reads => Paths;
    }

    /// <summary>Computed from the record.</summary>
    public sealed record Computed(Template Template) : ValueSource
    {
        public override ImmutableArray<RecordPath> Reads => [.. Template.RecordPaths.Select(keys => RecordPath.OfKeys(keys))];
    }

    public sealed record Constant(string Value) : ValueSource
    {
        public override ImmutableArray<RecordPath> Reads => [];
    }

    /// <summary>The places in the record that it looks at.</summary>
    public abstract ImmutableArray<RecordPath> Reads { get; }
}

/// <summary>A single value: where it comes from and what becomes of it.</summary>
sealed record ScalarMapping(ValueSource Source)
{
    /// <summary>The source's values and ours; null: values are taken as they are.</summary>
    public ValueTable? Table { get; init; }

    /// <summary>Of dates and times.</summary>
    public DateTimeFormat? Format { get; init; }

    /// <summary>Where the source has nothing.</summary>
    public string? Default { get; init; }

    /// <summary>An empty text counts as nothing.</summary>
    public bool EmptyIsNull { get; init; }
}

/// <summary>The source's values (texts; numbers, true and false as they are written) and ours.</summary>
sealed class ValueTable(IEnumerable<KeyValuePair<string, string?>> pairs)
{
    readonly (byte[] From, byte[]? To)[] rows =
        [.. pairs.Select(pair => (Encoding.UTF8.GetBytes(pair.Key), pair.Value is null ? null : Encoding.UTF8.GetBytes(pair.Value)))];

    /// <param name="to">Empty where the value stands for nothing.</param>
    /// <returns>False if the value is not in the table.</returns>
    public bool TryFind(ReadOnlySpan<byte> from, out ReadOnlySpan<byte> to)
    {
        foreach (var row in rows)
            if (from.SequenceEqual(row.From))
            {
                to = row.To;
                return true;
            }

        to = default;
        return false;
    }
}

/// <summary>Reads one value of a record.</summary>
sealed class ScalarReader
{
    readonly ScalarMapping mapping;
    readonly Scratch scratch = new();
    readonly RecordPath[] paths;
    readonly Template? template;
    readonly byte[]? constant;
    readonly byte[]? fallback;

    public ScalarReader(ScalarMapping mapping)
    {
        this.mapping = mapping;
        paths = mapping.Source is ValueSource.Places places ? [.. places.Paths] : [];
        template = (mapping.Source as ValueSource.Computed)?.Template;
        constant = (mapping.Source as ValueSource.Constant)?.Value is { } text ? Encoding.UTF8.GetBytes(text) : null;
        fallback = mapping.Default is { } value ? Encoding.UTF8.GetBytes(value) : null;
    }

    public ScalarMapping Mapping => mapping;

    /// <summary>The value after table and default; valid until the next call.</summary>
    public Scalar Read(in RecordContext context)
    {
        if (constant is not null)
            return Scalar.OfText(constant);
        var value = template is null ? Find(context) : Compute(context);
        if (mapping.EmptyIsNull && value is { Kind: ScalarKind.Text, Utf8.IsEmpty: true })
            value = Scalar.Missing;
        if (mapping.Table is { } table && value.Kind is ScalarKind.Text or ScalarKind.Number or ScalarKind.True or ScalarKind.False
            && table.TryFind(value.Utf8, out var to))
            value = to.IsEmpty ? Scalar.Missing : Scalar.OfText(to);
        return value.Kind == ScalarKind.Missing && fallback is not null ? Scalar.OfText(fallback) : value;
    }

    Scalar Find(in RecordContext context)
    {
        foreach (var path in paths)
            if (path.TryFind(context.Record, out var element))
                return Scalar.Of(element, scratch);
        return Scalar.Missing;
    }

    Scalar Compute(in RecordContext context)
    {
        if (template?.TextIfAny(context.Scope) is not { Length: > 0 } text)
            return Scalar.Missing;
        var room = scratch.Take(Encoding.UTF8.GetMaxByteCount(text.Length));
        return Utf8.FromUtf16(text, room, out _, out var written, replaceInvalidSequences: false) == OperationStatus.Done
            ? Scalar.OfText(room[..written])
            : new Scalar(ScalarKind.Broken, default, default);
    }
}

/// <summary>The record that is being mapped, and all that expressions can name.</summary>
readonly ref struct RecordContext(in RecordScope record, in EvaluationScope page)
{
    readonly EvaluationScope page = page;

    public readonly RecordScope Record = record;

    /// <summary>Built when asked for: most fields are no expressions.</summary>
    public EvaluationScope Scope => page with { Record = Record.Record, Parent = Record.Parent };
}
