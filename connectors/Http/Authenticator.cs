using System.Text;
using Kombo.Connectors.Expressions;

namespace Kombo.Connectors.Http;

/// <summary>Puts credentials into a request; there are those of Airbyte's vocabulary that need no call of their own.</summary>
abstract record Authenticator
{
    static readonly RequestOption Authorization = new(Injection.Header, ["Authorization"]);

    public abstract void Apply(RequestDraft request, in EvaluationScope scope);

    /// <summary>The query parameter that holds a credential; taken out of addresses that the source sends back.</summary>
    public virtual string? SecretParameter => null;

    public sealed record None : Authenticator
    {
        public override void Apply(RequestDraft request, in EvaluationScope scope)
        {
        }
    }

    public sealed record Basic(Template Username, Template Password) : Authenticator
    {
        public override void Apply(RequestDraft request, in EvaluationScope scope)
        {
            var pair = Encoding.UTF8.GetBytes($"{Username.Text(scope)}:{Password.Text(scope)}");
            request.Set(Authorization, Value.Of($"Basic {Convert.ToBase64String(pair)}"));
        }
    }

    public sealed record Bearer(Template Token) : Authenticator
    {
        public override void Apply(RequestDraft request, in EvaluationScope scope) =>
            request.Set(Authorization, Value.Of($"Bearer {Token.Text(scope)}"));
    }

    /// <summary>A key in a named header or query parameter; a prefix is part of the template. An empty one is not sent.</summary>
    public sealed record ApiKey(Template Token, RequestOption Into) : Authenticator
    {
        public override string? SecretParameter => Into.Into == Injection.Parameter ? Into.Name : null;

        public override void Apply(RequestDraft request, in EvaluationScope scope)
        {
            if (Token.Text(scope) is { Length: > 0 } key)
                request.Set(Into, Value.Of(key));
        }
    }
}
