using System.Collections.Immutable;
using Kombo.Connectors.Expressions;
using Kombo.Core.Models;

namespace Kombo.Connectors.Mapping;

/// <summary>How the records of a stream become records of a model, as the definition says it.</summary>
sealed record ModelMapping
{
    public required Model Model { get; init; }

    /// <summary>A list of the record whose items are mapped, each with the record as its parent; null: the record itself.</summary>
    public RecordPath? Each { get; init; }

    /// <summary>A record without that list has no items; otherwise they are not known. A list that is null is empty.</summary>
    public bool MissingIsEmpty { get; init; }

    /// <summary>Records for which it does not hold are passed over.</summary>
    public Template? Where { get; init; }
    public required ValueSource RemoteId { get; init; }

    /// <summary>By index of the model's fields; null where the definition maps nothing.</summary>
    public required ImmutableArray<FieldMapping?> Fields { get; init; }

    /// <summary>Records in the whole list, from the answer; null where the source does not tell.</summary>
    public Template? Total { get; init; }

    /// <summary>Most records that the source ever lists; a list that long is not whole.</summary>
    public int? Cap { get; init; }
}

/// <summary>One of the two is set.</summary>
sealed record FieldMapping(ScalarMapping? Scalar, JsonMapping? Json);
