using System.Collections.Immutable;
using Kombo.Core.Models;

namespace Kombo.Connectors.Mapping;

/// <summary>How a nested value is put together.</summary>
abstract record JsonMapping
{
    /// <param name="Members">Sorted by key.</param>
    public sealed record Object(ImmutableArray<Member> Members) : JsonMapping;

    /// <summary>One item for each item of a list of the record; paths inside begin at the item.</summary>
    public sealed record Items(RecordPath Each, JsonMapping Item) : JsonMapping;

    /// <summary>A value, copied as far as its form allows.</summary>
    public sealed record Leaf(ScalarMapping Value, FieldShape Shape) : JsonMapping;

    /// <param name="IsRequired">Neither null nor missing is allowed.</param>
    /// <param name="ShowsNull">The key must be there, with null where there is no value.</param>
    public sealed record Member(string Key, JsonMapping Value, bool IsRequired, bool ShowsNull);
}
