using System.Collections.Immutable;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Http;
using Kombo.Connectors.Mapping;

namespace Kombo.Connectors.Paging;

/// <summary>One stream of a manifest, compiled: what is asked for, and where the rows are in the answer.</summary>
sealed record StreamPlan
{
    public required string Name { get; init; }
    public required RequestPlan Request { get; init; }
    public required RowPath Rows { get; init; }

    /// <summary>Rows for which it does not hold are passed over.</summary>
    public Template? Filter { get; init; }

    /// <summary>Null: everything comes in one answer.</summary>
    public Paginator? Paginator { get; init; }
    public ChangeCursor? Cursor { get; init; }
}

/// <summary>How one record is read by its remote id, which expressions know as <c>id</c>.</summary>
/// <param name="Path">Joined to the requester's address in place of its own path; the id in it is escaped.</param>
/// <param name="Place">Where the record is in the answer.</param>
/// <param name="IsDeletedWhenMissing">A source that does not find it says that it was deleted.</param>
sealed record RecordPlan(
    Template Path, ImmutableArray<KeyValuePair<string, Template>> Parameters, RowPath Place, bool IsDeletedWhenMissing);

/// <summary>A requester: how its requests are made.</summary>
sealed record RequestPlan
{
    public required Template Url { get; init; }

    /// <summary>Joined to the address with one slash; null where the address is whole.</summary>
    public Template? Path { get; init; }
    public required HttpMethod Method { get; init; }
    public ImmutableArray<KeyValuePair<string, Template>> Parameters { get; init; } = [];
    public ImmutableArray<KeyValuePair<string, Template>> Headers { get; init; } = [];
    public BodyTemplate? Body { get; init; }
    public Authenticator Authenticator { get; init; } = new Authenticator.None();
    public ErrorRules Errors { get; init; } = ErrorRules.None;

    /// <summary>The bounds of a read by change time are sent with the first page only.</summary>
    public bool BoundsOnFirstPageOnly { get; init; }
}
