using System.Text.Json;

namespace Kombo.Connectors.Expressions;

/// <summary>The roots that an expression can name.</summary>
[Flags]
enum Roots
{
    None = 0,

    /// <summary>Parameters and credentials.</summary>
    Config = 1,

    /// <summary>The body of the answer.</summary>
    Response = 2,

    /// <summary>Headers of the answer in lower case; <c>link</c> by relation.</summary>
    Headers = 4,
    Record = 8,

    /// <summary>The record that an exploded list belongs to.</summary>
    Parent = 16,
    LastRecord = 32,
    LastPageSize = 64,
    NextPageToken = 128,

    /// <summary>start_time and end_time of a read by change time.</summary>
    StreamInterval = 256,

    /// <summary>Remote id of the one record that is read.</summary>
    Id = 512,
}

/// <summary>The values behind the roots; what is not set is undefined.</summary>
readonly struct EvaluationScope
{
    public ValueMap? Config { get; init; }
    public JsonElement Response { get; init; }
    public ValueMap? Headers { get; init; }
    public JsonElement Record { get; init; }
    public JsonElement Parent { get; init; }
    public JsonElement LastRecord { get; init; }
    public int LastPageSize { get; init; }
    public Value NextPageToken { get; init; }
    public ValueMap? StreamInterval { get; init; }
    public Value Id { get; init; }

    /// <summary>UTC, for now_utc().</summary>
    public DateTimeOffset Now { get; init; }

    public Value Root(Roots root) => root switch
    {
        Roots.Config => Of(Config),
        Roots.Response => Value.Of(Response),
        Roots.Headers => Of(Headers),
        Roots.Record => Value.Of(Record),
        Roots.Parent => Value.Of(Parent),
        Roots.LastRecord => Value.Of(LastRecord),
        Roots.LastPageSize => Value.Of((decimal)LastPageSize),
        Roots.NextPageToken => NextPageToken,
        Roots.StreamInterval => Of(StreamInterval),
        Roots.Id => Id,
        _ => Value.Undefined,
    };

    static Value Of(ValueMap? map) => map is null ? Value.Undefined : Value.Of(map);
}
