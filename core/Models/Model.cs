using System.Collections.Immutable;
using System.Text.Json;

namespace Kombo.Core.Models;

public enum ModelKind
{
    /// <summary>Has a list endpoint of its own.</summary>
    Record,

    /// <summary>Served only inside another model.</summary>
    Embedded,

    /// <summary>Links records of two models; never served by itself.</summary>
    Join,
}

/// <summary>One model of the unified API and so one table of the mirror.</summary>
/// <param name="Name">Kombo's model id and the table's name, e.g. <c>hris_employees</c>.</param>
/// <param name="Label">For people, e.g. "Employees".</param>
/// <param name="Category">HRIS or ATS.</param>
public sealed record Model(string Name, string Label, string Category, ModelKind Kind)
{
    /// <summary>Columns beside the bookkeeping (id, remote_id, changed_at, remote_deleted_at, …), in response order,
    /// hidden ones last. This order is also the order of values in a <see cref="Records.RecordBatch"/>.</summary>
    public required ImmutableArray<Field> Fields { get; init; }

    /// <summary>Names of all fields that the model ever had. The place of a field in it is its number, for ever: what was
    /// stored of scopes tells fields apart by it. Only ever appended to; empty: the order of the fields.</summary>
    public ImmutableArray<string> Numbers { get; init => field = Listed.OrEmpty(value); } = [];

    /// <summary>Path of the list endpoint; null for embedded and join models.</summary>
    public string? Path { get; init; }

    /// <summary>Records may come without a remote id of their own; the mapping then makes one up.</summary>
    public bool RemoteIdNullable { get; init; }

    /// <summary>Join only: the two linked models, and the third that qualifies the link, if any.</summary>
    public string? Left { get; init; }

    public string? Right { get; init; }

    public string? Per { get; init; }

    /// <summary>Embedded records of the API's answers, as the catalog file describes them.</summary>
    public ImmutableArray<Relation> Relations { get; init => field = Listed.OrEmpty(value); } = [];

    /// <summary>All keys of an answer, in order, bookkeeping and relations included; empty for joins.</summary>
    public ImmutableArray<string> Response { get; init => field = Listed.OrEmpty(value); } = [];

    public ImmutableArray<Filter> Filters { get; init => field = Listed.OrEmpty(value); } = [];

    /// <summary>Relations whose changes count as changes of this model for <c>updated_after</c>.</summary>
    public ImmutableArray<RelationChange> UpdatedAfter { get; init => field = Listed.OrEmpty(value); } = [];

    /// <summary>Names that the data-changed webhook uses for this endpoint.</summary>
    public ImmutableArray<string> ChangedModels { get; init => field = Listed.OrEmpty(value); } = [];

    /// <summary>Index into <see cref="Fields"/>, or -1.</summary>
    public int IndexOf(string field)
    {
        for (var i = 0; i < Fields.Length; i++)
            if (Fields[i].Name == field)
                return i;
        return -1;
    }

    /// <summary>The field of that name; null if the model has none.</summary>
    public Field? Find(string field) => IndexOf(field) is >= 0 and var index ? Fields[index] : null;

    /// <param name="field">Index into <see cref="Fields"/>.</param>
    public int NumberOf(int field) => Numbers is [] ? field : Numbers.IndexOf(Fields[field].Name);

    public bool Equals(Model? other) => other is not null && other.Name == Name;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Name;
}

/// <summary>An embedded record or list of an answer.</summary>
/// <param name="Name">The key in the answer.</param>
/// <param name="Model">The embedded model.</param>
/// <param name="Many">A list rather than one record or null.</param>
/// <param name="Subset">The embedded keys: text "all", or a list of names and nested descriptions.</param>
public sealed record Relation(string Name, string Model, bool Many, JsonElement Subset)
{
    /// <summary>Found by this column of the parent (a reference).</summary>
    public string? Column { get; init; }

    /// <summary>Found by this column of the child that holds the parent's id.</summary>
    public string? ChildColumn { get; init; }

    /// <summary>Found through this join model.</summary>
    public string? Join { get; init; }

    public bool Nullable { get; init; }
}

/// <summary>A query parameter beyond the common ones.</summary>
public sealed record Filter(string Name, string Description)
{
    public ImmutableArray<string> Values { get; init => field = Listed.OrEmpty(value); } = [];
}

/// <summary>Which changes of a relation count as changes of the parent.</summary>
/// <param name="Path">Relation name, dotted for nested ones.</param>
/// <param name="Membership">Adding or removing the link counts.</param>
/// <param name="Linked">A change of the linked record counts.</param>
public sealed record RelationChange(string Path, bool Membership, bool Linked);
