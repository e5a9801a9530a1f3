using Kombo.Connectors.Expressions;
using Kombo.Connectors.Http;

namespace Kombo.Connectors.Paging;

/// <summary>Makes the requests of one read of a stream.</summary>
/// <param name="config">Parameters and credentials.</param>
/// <param name="interval">Bounds of a read by change time; both null otherwise.</param>
sealed class RequestBuilder(StreamPlan plan, ValueMap config, StreamInterval interval, TimeProvider clock)
{
    readonly RequestPlan request = plan.Request;

    /// <exception cref="SourceException">The parameters make no address, or the next page is at another place.</exception>
    public PageRequest Build(ReadState state)
    {
        var scope = new EvaluationScope
        {
            Config = config,
            StreamInterval = interval,
            NextPageToken = state.Token ?? Value.Null,
            Now = clock.GetUtcNow(),
        };
        var draft = Draft(state, scope);
        request.Authenticator.Apply(draft, scope);
        return new PageRequest(plan.Name, draft.Build, request.Errors);
    }

    /// <summary>The token as it is stored: an address without the credential that the source put into it.</summary>
    public Value Cleaned(in Value token) =>
        plan.Paginator is { Token: null } && request.Authenticator.SecretParameter is { } secret
            ? Value.Of(QueryText.Without(Resolve(token.ToString()), secret).ToString())
            : token;

    RequestDraft Draft(ReadState state, in EvaluationScope scope)
    {
        // The address of a next page is whole: what it needs is in it, and some sources refuse anything beside it.
        if (state.Token is { } token && plan.Paginator is { Token: null })
        {
            var followed = new RequestDraft(Resolve(token.ToString()), request.Method);
            AddHeaders(followed, scope);
            return followed;
        }

        var draft = new RequestDraft(Address(scope), request.Method);
        draft.SetBody(request.Body?.Evaluate(scope));
        foreach (var (name, value) in request.Parameters)
            if (value.Text(scope) is { Length: > 0 } text)
                draft.Set(new RequestOption(Injection.Parameter, [name]), Value.Of(text));
        AddHeaders(draft, scope);
        AddPaging(draft, state);
        if (state.Token is null || !request.BoundsOnFirstPageOnly)
            AddBounds(draft);
        return draft;
    }

    void AddHeaders(RequestDraft draft, in EvaluationScope scope)
    {
        foreach (var (name, value) in request.Headers)
            if (value.Text(scope) is { Length: > 0 } text)
                draft.Set(new RequestOption(Injection.Header, [name]), Value.Of(text));
    }

    void AddPaging(RequestDraft draft, ReadState state)
    {
        if (plan.Paginator is not { } paginator)
            return;
        if (paginator is { Size: { } size, Strategy.PageSize: { } rows })
            draft.Set(size, Value.Of((decimal)rows));
        if (paginator.Token is { } option && (state.Token ?? paginator.Strategy.First) is { } token)
            draft.Set(option, token);
    }

    void AddBounds(RequestDraft draft)
    {
        if (plan.Cursor?.StartOption is { } start)
            draft.Set(start, interval.Find("start_time"));
        if (plan.Cursor?.EndOption is { } end)
            draft.Set(end, interval.Find("end_time"));
    }

    Uri Address(in EvaluationScope scope)
    {
        var url = request.Url.Text(scope);
        if (request.Path is { } path)
            url = $"{url.TrimEnd('/')}/{path.Text(scope).TrimStart('/')}";
        return Origin.Parse(url) ?? throw new SourceException(SourceFailure.Configuration,
            $"stream \"{plan.Name}\": the parameters make no address that begins with https:// and holds no user name");
    }

    Uri Resolve(string token)
    {
        var first = Address(new EvaluationScope { Config = config, StreamInterval = interval, Now = clock.GetUtcNow() });
        if (Uri.TryCreate(first, token, out var next) && Origin.AreSame(first, next) && next.UserInfo.Length == 0)
            return next;
        throw new SourceException(SourceFailure.BlockedAddress,
            $"stream \"{plan.Name}\": the source's next page is on another host than {first.Host}, which is not followed");
    }
}
