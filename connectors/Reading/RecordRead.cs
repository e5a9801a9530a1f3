using System.Text.Json;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Http;
using Kombo.Connectors.Mapping;
using Kombo.Connectors.Paging;
using Kombo.Core.Models;

namespace Kombo.Connectors.Reading;

/// <summary>Reads one record by its id: the requester of its stream with another path, then the same mapping as a list.</summary>
sealed class RecordRead(StreamPlan plan, RecordPlan record, StreamSetup setup)
{
    /// <exception cref="SourceException">It cannot be read.</exception>
    public async Task<RecordAnswer> ReadAsync(Model model, string remoteId, CancellationToken cancellationToken)
    {
        try
        {
            if (Request(remoteId) is not { } request)
                return new RecordAnswer.Unusable();
            var askedAt = setup.Clock.GetTimestamp();
            using var answer = await FetchAsync(request, cancellationToken);
            if (answer is null)
                return new RecordAnswer.Missing(record.IsDeletedWhenMissing, askedAt);
            return answer.IsIgnored ? new RecordAnswer.Missing(IsDeleted: false, askedAt) : Take(answer, model, remoteId);
        }
        catch (ExpressionException error)
        {
            throw Failed(SourceFailure.Configuration, $"an expression of the definition cannot be evaluated: {error.Message}");
        }
    }

    /// <returns>Null where the source does not find the record.</returns>
    async Task<Answer?> FetchAsync(PageRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await setup.Client.FetchAsync(request, cancellationToken);
        }
        catch (SourceException error) when (error.Status is 404 or 410)
        {
            return null;
        }
    }

    // The id comes from outside. Escaped it is one piece of the path, and the pieces that lead elsewhere cannot be escaped.
    PageRequest? Request(string remoteId)
    {
        if (remoteId is "." or ".." || !IsText(remoteId))
            return null;
        var given = new EvaluationScope { Config = setup.Config, Now = setup.Clock.GetUtcNow() };
        var path = record.Path.Text(given with { Id = Value.Of(Uri.EscapeDataString(remoteId)) });
        if (Origin.Parse($"{plan.Request.Url.Text(given).TrimEnd('/')}/{path.TrimStart('/')}") is not { } url)
            throw Failed(SourceFailure.Configuration,
                "the parameters make no address that begins with https:// and holds no user name");
        var draft = new RequestDraft(url, HttpMethod.Get);
        var named = given with { Id = Value.Of(remoteId) };
        foreach (var (name, value) in record.Parameters)
            if (value.Text(named) is { Length: > 0 } text)
                draft.Set(new RequestOption(Injection.Parameter, [name]), Value.Of(text));
        foreach (var (name, value) in plan.Request.Headers)
            if (value.Text(given) is { Length: > 0 } text)
                draft.Set(new RequestOption(Injection.Header, [name]), Value.Of(text));
        plan.Request.Authenticator.Apply(draft, given);
        return new PageRequest(plan.Name, draft.Build, plan.Request.Errors);
    }

    // Half of a surrogate pair has no UTF-8.
    static bool IsText(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsControl(text[i]) || (char.IsSurrogate(text[i]) && !char.IsSurrogatePair(text, i++)))
                return false;
        return true;
    }

    RecordAnswer Take(Answer answer, Model model, string remoteId)
    {
        var rows = new List<JsonElement>();
        if (record.Place.Find(answer.Json, rows) == FoundRows.Nowhere)
            throw Failed(SourceFailure.Unreadable, record.Place.Keys.IsEmpty
                ? "the answer is no record" : $"the answer has no record at {record.Place}");
        if (rows.Count == 0)
            return new RecordAnswer.Missing(IsDeleted: false, answer.RequestedAt);
        if (rows.Count > 1)
            return new RecordAnswer.Another();
        var page = Map(answer, rows);
        var own = page.Batches.First(batch => batch.Model == model);
        if ((own.Count == 0 || own.RemoteId(0) == remoteId)
            && page.Errors.All(error => error.Model != model.Name || error.RemoteId is null || error.RemoteId == remoteId))
            return new RecordAnswer.Found(page);
        page.Dispose();
        return new RecordAnswer.Another();
    }

    SourcePage Map(Answer answer, List<JsonElement> rows)
    {
        var scope = new EvaluationScope
        {
            Config = setup.Config,
            Response = answer.Json,
            Headers = answer.Headers,
            Now = setup.Clock.GetUtcNow(),
        };
        var mapped = new PageMapper(plan, setup, since: null).Map(rows, scope);
        return new SourcePage
        {
            Batches = mapped.Batches,
            Errors = mapped.Errors,
            Read = rows.Count,
            IsLast = true,
            RequestedAt = answer.RequestedAt,
        };
    }

    SourceException Failed(SourceFailure kind, string reason) => new(kind, $"one record of stream \"{plan.Name}\": {reason}");
}
