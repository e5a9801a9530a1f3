using System.Collections.Immutable;

namespace Kombo.Core.Models;

/// <summary>How a field is stored and sent; see <see cref="Field"/> for what it means.</summary>
public enum FieldType
{
    Text,

    /// <summary>Any JSON number; Postgres numeric, so that no digit is lost.</summary>
    Number,

    /// <summary>A whole number; Postgres bigint.</summary>
    Integer,
    Boolean,

    /// <summary>An instant, UTC; Postgres timestamptz.</summary>
    DateTime,

    /// <summary>A calendar day without time; Postgres date.</summary>
    Date,

    /// <summary>A time of day without zone; Postgres time.</summary>
    Time,

    /// <summary>One of <see cref="Field.Values"/>; Postgres text.</summary>
    Enum,

    /// <summary>Anything nested, checked against <see cref="Field.Shape"/>; Postgres jsonb.</summary>
    Json,
}

/// <summary>One field of a model, as the official SDK's response schemas state it.</summary>
/// <param name="Name">Snake case: the JSON key and the column.</param>
/// <param name="Type">How it is stored.</param>
public sealed record Field(string Name, FieldType Type)
{
    /// <summary>Null is allowed. A field that is not nullable must be mapped and arrive with each record.</summary>
    public bool Nullable { get; init; }

    /// <summary>The SDK accepts a missing key.</summary>
    public bool Optional { get; init; }

    /// <summary>Enum only: unmapped source values pass through unchanged; where false they become null.</summary>
    public bool Open { get; init; }

    /// <summary>A date-time on the wire whose meaning is a day: midnight UTC.</summary>
    public bool CalendarDate { get; init; }

    /// <summary>Left out of the mirror unless a scope names it in <c>includeSensitive</c>.</summary>
    public bool Sensitive { get; init; }

    /// <summary>A column that the API does not show by itself (the key behind an embedded record).</summary>
    public bool Hidden { get; init; }

    public bool Deprecated { get; init; }

    /// <summary>Enum values; empty for the other types.</summary>
    public ImmutableArray<string> Values { get; init => field = Listed.OrEmpty(value); } = [];

    /// <summary>The model whose record id this field holds; null where it is no reference.</summary>
    public string? Ref { get; init; }

    /// <summary>The nested form of a Json field; null for the other types.</summary>
    public FieldShape? Shape { get; init; }
}

/// <summary>The form of a nested value.</summary>
/// <param name="Kind">text, number, integer, boolean, datetime, date, time, enum, literal, object, array, oneOf, map or any.</param>
public sealed record FieldShape(string Kind)
{
    /// <summary>The key inside the object that holds this value; null for items and variants.</summary>
    public string? Name { get; init; }

    public bool Nullable { get; init; }

    public bool Optional { get; init; }

    public bool Open { get; init; }

    /// <summary>Keys of an object, in response order.</summary>
    public ImmutableArray<FieldShape> Fields { get; init => field = Listed.OrEmpty(value); } = [];

    /// <summary>Form of each item of an array.</summary>
    public FieldShape? Item { get; init; }

    /// <summary>The alternatives of a oneOf.</summary>
    public ImmutableArray<FieldShape> Variants { get; init => field = Listed.OrEmpty(value); } = [];

    public ImmutableArray<string> Values { get; init => field = Listed.OrEmpty(value); } = [];

    /// <summary>The only value of a literal.</summary>
    public string? Value { get; init; }

    /// <summary>What the SDK assumes for a missing key.</summary>
    public string? Default { get; init; }
}
