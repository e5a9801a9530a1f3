using System.Runtime.InteropServices;
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
    readonly HashSet<Guid> pages = [];
    readonly Watermark? watermark;
    ReadState state;
    bool isResumed;

    public StreamRead(StreamPlan plan, StreamSetup setup, ReadFrom from)
    {
        (this.plan, this.setup) = (plan, setup);
        watermark = Watermark.Read(from.Watermark);
        var since = setup.Mode == ReadMode.Delta ? watermark?.Start : null;
        state = new ReadState { Since = since };
        // A place in a list of changes is worth nothing in the list of another time.
        if (from.PageToken is { } token && ReadState.Read(token) is { } stored && stored.Since == since)
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
            var askedAt = setup.Clock.GetTimestamp();
            using var answer = await FetchAsync(cancellationToken);
            return answer is null ? End(askedAt) : Take(answer);
        }
        catch (ExpressionException error)
        {
            throw Failed(SourceFailure.Configuration, $"an expression of the definition cannot be evaluated: {error.Message}");
        }
    }

    /// <returns>Null where the page before was the last one.</returns>
    async Task<Answer?> FetchAsync(CancellationToken cancellationToken)
    {
        if (state.Pages >= setup.Limits.Pages)
            throw Failed(SourceFailure.Unreadable, $"it has more than {setup.Limits.Pages} pages, so it seems never to end");
        try
        {
            var answer = await setup.Client.FetchAsync(requests.Build(state), cancellationToken);
            if (!answer.IsIgnored || !IsBeyondTheEnd(answer.Status))
                return answer;
            answer.Dispose();
            return null;
        }
        catch (SourceException error) when (isResumed && error.Status is 400 or 404 or 410 or 422)
        {
            // The stored place has expired at the source: from the first page again.
            isResumed = false;
            state = new ReadState { Since = state.Since };
            return await setup.Client.FetchAsync(requests.Build(state), cancellationToken);
        }
        catch (SourceException error) when (IsBeyondTheEnd(error.Status))
        {
            if (error.Status is 400 or 422)
                state = state with { Incomplete = state.Incomplete ?? Doubt(error.Status) };
            return null;
        }
    }

    // Some sources say so that there is no such page, others that nobody may read so far.
    string Doubt(int? status) => $"page {state.Pages + 1} was refused with {status} after one that was not full: if that is how the source "
        + "ends its lists, let error_handler ignore that status, or state total";

    // Another page of the same list was answered just before: what the source refuses is a page that does not exist.
    bool IsBeyondTheEnd(int? status) => state.MayBeOver && status is 400 or 404 or 416 or 422;

    SourcePage Take(Answer answer)
    {
        isResumed = false;
        var scope = Scope(answer);
        var listed = FindRows(answer, mapper.Total(scope));
        var mapped = mapper.Map(listed.Rows, scope);
        try
        {
            return Page(Judged(Next(answer, listed, scope, mapped), listed), mapped, listed, answer.RequestedAt);
        }
        catch
        {
            mapped.Dispose();
            throw;
        }
    }

    SourcePage End(long askedAt) => Page(
        Judged(state with { Token = null, Pages = state.Pages + 1 }, Listed.Nothing), mapper.Map([], default), Listed.Nothing, askedAt);

    SourcePage Page(ReadState next, MappedPage mapped, Listed listed, long requestedAt)
    {
        IsDone = next.Token is null;
        state = next;
        return new SourcePage
        {
            Batches = mapped.Batches,
            Errors = mapped.Errors,
            Read = listed.Rows.Count,
            IsLast = IsDone,
            NextPageToken = IsDone ? null : next.Write(),
            Watermark = IsDone ? NextWatermark(next) : null,
            Incomplete = next.Incomplete,
            Total = listed.Total,
            RequestedAt = requestedAt,
        };
    }

    EvaluationScope Scope(Answer answer) => new()
    {
        Config = setup.Config,
        Response = answer.Json,
        Headers = answer.Headers,
        Now = setup.Clock.GetUtcNow(),
    };

    // Only a source that says so itself has no records; a list that is not where it should be is a failure.
    Listed FindRows(Answer answer, long? total)
    {
        var rows = new List<JsonElement>();
        var found = answer.IsIgnored ? FoundRows.Everywhere : plan.Rows.Find(answer.Json, rows);
        var gap = (found, total) switch
        {
            (_, 0) => null,
            (FoundRows.Nowhere, _) when state.MayBeOver =>
                $"the page after a short one has no list at {plan.Rows}, so that there may be more: map total in the definition",
            (FoundRows.Nowhere, _) => throw Failed(SourceFailure.Unreadable, plan.Rows.Keys.IsEmpty
                ? "the answer is no list"
                : $"the answer has no list at {plan.Rows}"),
            (FoundRows.InSomeItems, _) => $"some items of the answer have no list at {plan.Rows}",
            _ => null,
        };
        var content = rows.Count > 0 ? Content(answer, rows) : (Guid?)null;
        if (content is { } hash && WasRead(hash))
        {
            if (!state.MayBeOver)
                throw Failed(SourceFailure.Unreadable, "the source sends the same page again and again");
            rows.Clear(); // beyond its end a source may send its last page again, or its first
        }

        return new(rows, content, total, gap);
    }

    bool WasRead(Guid content) => content == state.LastPage || (EndsUntold && !pages.Add(content));

    // What stands around the rows may tell the number of the page that was asked for.
    Guid Content(Answer answer, List<JsonElement> rows)
    {
        if (!EndsUntold)
            return Hash(answer.Bytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var row in rows)
            hash.AppendData(JsonMarshal.GetRawUtf8Value(row));
        return new Guid(hash.GetHashAndReset().AsSpan(0, 16));
    }

    bool EndsUntold => plan.Paginator is { Strategy.EndsUntold: true };

    ReadState Next(Answer answer, Listed listed, in EvaluationScope scope, MappedPage mapped)
    {
        var rows = state.Rows + listed.Rows.Count;
        var token = NextToken(listed, scope, answer);
        return state with
        {
            Token = token,
            Pages = state.Pages + 1,
            Rows = rows,
            Newest = mapped.Newest > state.Newest || state.Newest is null ? mapped.Newest : state.Newest,
            StartedAt = state.StartedAt ?? answer.AskedAt,
            MayBeOver = plan.Paginator?.Strategy.IsShort(listed.Rows.Count) == true,
            LastPage = listed.Content,
            Models = mapped.After(state.Models),
            Incomplete = state.Incomplete
                ?? (answer.IsIgnored ? $"the source answered {answer.Status}, which the definition ignores" : null)
                ?? (rows >= setup.Cap ? $"the source lists at most {setup.Cap} records" : null)
                ?? (setup.Mode == ReadMode.Full ? mapped.Gap : null),
        };
    }

    ReadState Judged(ReadState next, Listed listed)
    {
        var (isLast, total) = (next.Token is null, StatedTotal.After(state.Total, listed.Total));
        return next with
        {
            Total = total,
            Incomplete = next.Incomplete ?? listed.Gap ?? total?.Doubt(next.Rows, isLast, setup.IsStable)
                ?? (isLast ? StreamRules.JudgeErrors(next.Models, setup.Limits.ErrorShare) : null),
        };
    }

    Value? NextToken(Listed listed, in EvaluationScope scope, Answer answer)
    {
        if (plan.Paginator is not { } paginator || answer.IsIgnored || IsAll(paginator.Strategy, listed))
            return null;
        var rows = listed.Rows;
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

    // The short page of a list that is as long as the source says needs no question whether it was the last.
    bool IsAll(PageStrategy strategy, Listed listed) => strategy.IsShort(listed.Rows.Count)
        && StatedTotal.After(state.Total, listed.Total) is { } total && state.Rows + listed.Rows.Count >= total.Most;

    static Guid Hash(in Value token) => Hash(System.Text.Encoding.UTF8.GetBytes(token.ToString()));

    static Guid Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return new Guid(hash[..16]);
    }

    // What was not read whole must be asked for again: the watermark stays.
    string? NextWatermark(ReadState last)
    {
        if (plan.Cursor is null)
            return null;
        if (last.Incomplete is not null)
            return watermark?.Write();
        var reached = ChangeCursor.Reached(
            last.Newest, last.StartedAt ?? setup.Clock.GetUtcNow(), setup.LookBack, before: watermark?.Reached);
        return reached is { } time ? Watermark.After(time, watermark, maySlip: !setup.IsStable && last.Pages > 1).Write() : null;
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
