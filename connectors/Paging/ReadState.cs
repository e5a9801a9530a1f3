using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kombo.Connectors.Expressions;
using Kombo.Core.Runs;

namespace Kombo.Connectors.Paging;

/// <summary>How far the read of a stream is: all that a page token holds, so that another process can go on.</summary>
sealed record ReadState
{
    /// <summary>What asks for the page; null for the first.</summary>
    public Value? Token { get; init; }

    /// <summary>The change time from which on the source was asked; null: for everything.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Pages read.</summary>
    public int Pages { get; init; }

    /// <summary>Rows read, before any filter.</summary>
    public long Rows { get; init; }

    /// <summary>The newest change time seen.</summary>
    public DateTimeOffset? Newest { get; init; }

    /// <summary>By the source's clock, when it was asked for the first page.</summary>
    public DateTimeOffset? StartedAt { get; init; }
    public string? Incomplete { get; init; }

    /// <summary>What the source has said of the length of the list; null: nothing.</summary>
    public StatedTotal? Total { get; init; }

    /// <summary>Of each model, the records of all pages read.</summary>
    public ImmutableArray<ModelErrors> Models { get; init; } = [];

    /// <summary>The list may have ended with the page before, so that the source may refuse to send another.</summary>
    public bool MayBeOver { get; init; }

    /// <summary>Hash of the page before, to notice a source that sends the same page for ever.</summary>
    public Guid? LastPage { get; init; }

    public string Write() => JsonSerializer.Serialize(
        new TokenJson
        {
            Text = Token is { Kind: not ValueKind.Number } text ? text.ToString() : null,
            Number = Token is { Kind: ValueKind.Number } number ? number.Number : null,
            Since = Since,
            Pages = Pages,
            Rows = Rows,
            Newest = Newest,
            StartedAt = StartedAt,
            Incomplete = Incomplete,
            FewestTotal = Total?.Fewest,
            MostTotal = Total?.Most,
            Models = Models.IsEmpty ? null : Models.ToDictionary(model => model.Model, model => new[] { model.Mapped, model.Errors }),
            MayBeOver = MayBeOver,
            LastPage = LastPage,
        },
        ReadStateJson.Default.TokenJson);

    /// <returns>Null where nobody can read it, as after a change of this form: reading begins at the first page.</returns>
    public static ReadState? Read(string token)
    {
        try
        {
            return JsonSerializer.Deserialize(token, ReadStateJson.Default.TokenJson) is { } json ? Of(json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static ReadState? Of(TokenJson json) => json.Models?.Values.Any(counts => counts is not { Length: 2 }) == true ? null : new ReadState
    {
        Token = json.Number is { } number ? Value.Of(number) : json.Text is { } text ? Value.Of(text) : null,
        Since = json.Since,
        Pages = json.Pages,
        Rows = json.Rows,
        Newest = json.Newest,
        StartedAt = json.StartedAt,
        Incomplete = json.Incomplete,
        Total = json is { FewestTotal: { } fewest, MostTotal: { } most } ? new StatedTotal(fewest, most) : null,
        Models = [.. json.Models?.Select(model => new ModelErrors(model.Key, model.Value[0], model.Value[1])) ?? []],
        MayBeOver = json.MayBeOver,
        LastPage = json.LastPage,
    };
}

sealed record TokenJson
{
    public string? Text { get; init; }
    public decimal? Number { get; init; }
    public DateTimeOffset? Since { get; init; }
    public int Pages { get; init; }
    public long Rows { get; init; }
    public DateTimeOffset? Newest { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public string? Incomplete { get; init; }
    public long? FewestTotal { get; init; }
    public long? MostTotal { get; init; }

    /// <summary>By model: records that can be stored, and those that cannot.</summary>
    public Dictionary<string, long[]>? Models { get; init; }
    public bool MayBeOver { get; init; }
    public Guid? LastPage { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(TokenJson))]
sealed partial class ReadStateJson : JsonSerializerContext;
