using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Kombo.Crds.Schema;

/// <summary>The part of a CustomResourceDefinition's schema that every server evaluates (no CEL).</summary>
public sealed record StructuralSchema
{
    /// <summary>object, array, string, integer, number or boolean; null: not said.</summary>
    public string? Type { get; init; }
    public string? Format { get; init; }
    public string? Description { get; init; }
    public ImmutableSortedDictionary<string, StructuralSchema> Properties { get; init; } =
        ImmutableSortedDictionary.Create<string, StructuralSchema>(StringComparer.Ordinal);

    /// <summary>Of every key that <see cref="Properties"/> do not name; null: such keys are pruned.</summary>
    public StructuralSchema? AdditionalProperties { get; init; }
    public StructuralSchema? Items { get; init; }
    public ImmutableArray<string> Required { get; init; } = [];
    public ImmutableArray<string> Enum { get; init; } = [];
    public Regex? Pattern { get; init; }
    public int? MinLength { get; init; }
    public int? MaxLength { get; init; }
    public int? MaxItems { get; init; }
    public int? MaxProperties { get; init; }
    public double? Minimum { get; init; }
    public double? Maximum { get; init; }

    /// <summary>Exactly one of them must hold.</summary>
    public ImmutableArray<StructuralSchema> OneOf { get; init; } = [];

    /// <summary>atomic, set or map.</summary>
    public string? ListType { get; init; }

    /// <summary>atomic: an apply sets the whole object; null: its fields one by one.</summary>
    public string? MapType { get; init; }
    public ImmutableArray<string> ListMapKeys { get; init; } = [];

    /// <summary>Rules in CEL as they are written; not evaluated here.</summary>
    public ImmutableArray<string> Rules { get; init; } = [];
}
