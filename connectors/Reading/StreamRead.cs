using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Http;
using Kombo.Connectors.Mapping;
using Kombo.Connectors.Paging;
using Kombo.Connectors.Times;
using Kombo.Core.Runs;

namespace Kombo.Connectors.Reading;

/// <summary>One read of a stream: asks for a page, maps it, knows what comes next.</summary>
sealed class StreamRead
{
    // Some sources want an end. It must not leave out what changes while a full sync reads, or it would look deleted.
    static readonly TimeSpan EndsAhead = TimeSpan.FromDays(4);

    readonly StreamPlan plan;
    readonly StreamSetup setup;
    readonly PageMapper mapper;
    readonly RequestBuilder requests;
    readonly HashSet<Guid> seen = [];
    readonly DateTimeOffset? watermark;
    ReadState state;
    bool isResumed;

    /// <exception cref="SourceException">Token or watermark are none of ours.</exception>
    public StreamRead(StreamPlan plan, StreamSetup setup, ReadFrom from)
    {
        (this.plan, this.setup) = (plan, setup);
        watermark = ReadState.ReadWatermark(from.Watermark);
        var since = setup.Mode == ReadMode.Delta ? watermark : null;
        state = new ReadState { Since = since };
        // A place in a list of changes is worth nothing in the list of another time.
        if (from.PageToken is { } token && ReadState.Read(token) is var stored && stored.Since == since)
            (state, isResumed) = (stored, true);
        mapper = new PageMapper(plan, setup, plan.Cursor is { IsClientSide: true } ? since : null);
        requests = new RequestBuilder(plan, setup.Config, Interval(since), setup.Clock);
    }

    public bool IsDone { get; private set; }

    /// <exception cref="SourceException">The stream cannot be read any further.</exception>
    public async Task<SourcePage> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await FetchAsync(cancellationToken);
            return Take(answer);
        }
        catch (ExpressionException error)
        {
            throw Failed(SourceFailure.Configuration, $"an expression of the definition cannot be evaluated: {error.Message}");
        }
    }

    async Task<Answer> FetchAsync(CancellationToken cancellationToken)
    {
        if (state.Pages >= setup.Limits.Pages)
            throw Failed(SourceFailure.Unreadable, $"it has more than {setup.Limits.Pages} pages, so it seems never to end");
        try
        {
            return await setup.Client.FetchAsync(requests.Build(state), cancellationToken);
        }
        catch (SourceException error) when (isResumed && error.Status is 400 or 404 or 410 or 422)
        {
            // The stored place has expired at the source: from the first page again.
            isResumed = false;
            state = new ReadState { Since = state.Since };
            return await setup.Client.FetchAsync(requests.Build(state), cancellationToken);
        }
    }

    SourcePage Take(Answer answer)
    {
        isResumed = false;
        var scope = Scope(answer);
        var total = mapper.Total(scope);
        var rows = Rows(answer, total, out var gap);
        var mapped = mapper.Map(rows, scope);
        try
        {
            var next = Judged(Next(answer, rows, scope, mapped), total, gap);
            IsDone = next.Token is null;
            state = next;
            return new SourcePage
            {
                Batches = mapped.Batches,
                Errors = mapped.Errors,
                Read = rows.Count,
                IsLast = IsDone,
                NextPageToken = IsDone ? null : next.Write(),
                Watermark = IsDone ? Watermark(next) : null,
                Incomplete = next.Incomplete,
                Total = total,
                RequestedAt = answer.RequestedAt,
            };
        }
        catch
        {
            foreach (var batch in mapped.Batches)
                batch.Dispose();
            throw;
        }
    }

    EvaluationScope Scope(Answer answer) => new()
    {
        Config = setup.Config,
        Response = answer.Json,
        Headers = answer.Headers,
        Now = setup.Clock.GetUtcNow(),
    };

    // Only a source that says so itself has no records; a list that is not where it should be is a failure.
    List<JsonElement> Rows(Answer answer, long? total, out string? gap)
    {
        var rows = new List<JsonElement>();
        gap = null;
        var found = answer.IsIgnored ? FoundRows.Everywhere : plan.Rows.Find(answer.Json, rows);
        if (total == 0)
            return rows;
        if (found == FoundRows.Nowhere)
            throw Failed(SourceFailure.Unreadable, plan.Rows.Keys.IsEmpty
                ? "the answer is no list"
                : $"the answer has no list at {plan.Rows}");
        if (found == FoundRows.InSomeItems)
            gap = $"some items of the answer have no list at {plan.Rows}";
        return rows;
    }

    ReadState Next(Answer answer, List<JsonElement> rows, in EvaluationScope scope, MappedPage mapped)
    {
        var body = rows.Count > 0 ? Hash(answer.Bytes) : (Guid?)null;
        if (body is not null && body == state.LastBody)
            throw Failed(SourceFailure.Unreadable, "the source sends the same page again and again");
        var token = NextToken(rows, scope, answer);
        return state with
        {
            Token = token,
            Pages = state.Pages + 1,
            Rows = state.Rows + rows.Count,
            Newest = mapped.Newest > state.Newest || state.Newest is null ? mapped.Newest : state.Newest,
            StartedAt = state.StartedAt ?? answer.AskedAt,
            LastBody = body,
            Models = mapped.After(state.Models),
            Incomplete = state.Incomplete
                ?? (answer.IsIgnored ? $"the source answered {answer.Status}, which the definition ignores" : null)
                ?? (state.Rows + rows.Count >= setup.Cap ? $"the source lists at most {setup.Cap} records" : null),
        };
    }

    ReadState Judged(ReadState next, long? stated, string? gap)
    {
        var total = StatedTotal.After(state.Total, stated);
        return next with
        {
            Total = total,
            Incomplete = next.Incomplete ?? gap ?? total?.Doubt(next.Rows, isLast: next.Token is null, setup.IsStable)
                ?? (next.Token is null ? StreamRules.JudgeErrors(next.Models, setup.Limits.ErrorShare) : null),
        };
    }

    Value? NextToken(List<JsonElement> rows, in EvaluationScope scope, Answer answer)
    {
        if (plan.Paginator is not { } paginator || answer.IsIgnored)
            return null;
        var after = scope with { LastRecord = rows.Count > 0 ? rows[^1] : default, LastPageSize = rows.Count };
        if (paginator.Strategy.Next(state.Token, rows.Count, after) is not { } next)
            return null;
        var cleaned = requests.Cleaned(next);
        if (state.Token is { } current)
            seen.Add(Hash(current));
        if (!seen.Add(Hash(cleaned)))
            throw Failed(SourceFailure.Unreadable, "the source leads back to a page that was read already");
        return cleaned;
    }

    static Guid Hash(in Value token) => Hash(System.Text.Encoding.UTF8.GetBytes(token.ToString()));

    static Guid Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return new Guid(hash[..16]);
    }

    // What was not read whole must be asked for again: the watermark stays.
    string? Watermark(ReadState last)
    {
        if (plan.Cursor is null)
            return null;
        var next = last.Incomplete is null
            ? ChangeCursor.Watermark(last.Newest, last.StartedAt ?? setup.Clock.GetUtcNow(), setup.LookBack, watermark)
            : watermark;
        return next is { } value ? ChangeCursor.Write(value) : null;
    }

    StreamInterval Interval(DateTimeOffset? since)
    {
        if (plan.Cursor is not { } cursor)
            return new StreamInterval(null, null);
        var now = setup.Clock.GetUtcNow();
        var earliest = cursor.Earliest?.Text(new EvaluationScope { Config = setup.Config, Now = now });
        var start = since is { } from ? cursor.Format.Format(from)
            : !string.IsNullOrEmpty(earliest) ? Reformatted(cursor, earliest)
            : null;
        return new StreamInterval(start, cursor.Format.Format(now + EndsAhead));
    }

    string Reformatted(ChangeCursor cursor, string earliest)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(earliest);
        if (cursor.TryRead(text, out var value))
            return cursor.Format.Format(value);
        return Rfc3339.TryParseDay(text, out var day)
            ? cursor.Format.Format(new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero))
            : throw Failed(SourceFailure.Configuration, "start_datetime is no date and time");
    }

    SourceException Failed(SourceFailure kind, string reason) => new(kind, $"stream \"{plan.Name}\": {reason}");
}

/// <summary>What a session gives to its reads of one stream.</summary>
sealed record StreamSetup
{
    public required SourceClient Client { get; init; }
    public required ValueMap Config { get; init; }
    public required TimeProvider Clock { get; init; }
    public required SourceLimits Limits { get; init; }
    public required ReadMode Mode { get; init; }
    public required ImmutableArray<ModelMapper> Mappers { get; init; }
    public required TimeSpan LookBack { get; init; }

    /// <summary>Nothing is passed over when the list changes while it is read.</summary>
    public required bool IsStable { get; init; }

    /// <summary>Most records that the source ever lists; null where it lists all.</summary>
    public int? Cap { get; init; }
}
