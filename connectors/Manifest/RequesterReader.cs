using System.Collections.Immutable;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Http;
using Kombo.Connectors.Paging;

namespace Kombo.Connectors.Manifest;

/// <summary>Reads an HttpRequester.</summary>
static class RequesterReader
{
    const Roots Where = Roots.Config | Roots.StreamInterval;
    const Roots Anywhere = Where | Roots.NextPageToken;

    public static RequestPlan Read(Component requester)
    {
        if (requester.Type("HttpRequester") is { } type and not "HttpRequester")
            requester.RefuseType(type, "a requester", "HttpRequester");
        requester.Skip("name", "use_cache"); // asking again instead of remembering gives the same records
        var (url, path) = Address(requester);
        var plan = new RequestPlan
        {
            Url = url,
            Path = path,
            Method = requester.OneOf("http_method", "GET", "POST") == "POST" ? HttpMethod.Post : HttpMethod.Get,
            Parameters = Templates(requester, "request_parameters"),
            Headers = Templates(requester, "request_headers"),
            Body = Body(requester),
            Authenticator = requester.Child("authenticator") is { } authenticator
                ? AuthenticatorReader.Read(authenticator)
                : new Authenticator.None(),
            Errors = requester.Child("error_handler") is { } handler ? ErrorHandlerReader.Read(handler) : ErrorRules.None,
        };
        if (plan is { Body: not null } && plan.Method == HttpMethod.Get)
            requester.Refuse(requester.Node, "a body needs http_method POST");
        requester.Close();
        return plan;
    }

    static (Template Url, Template? Path) Address(Component requester)
    {
        if (requester.Find("url") is null)
            return (requester.RequiredTemplate("url_base", Where), requester.Template("path", Where));
        if (requester.Node.Find("url_base") is { } both)
            requester.Refuse(both, "url and url_base exclude each other: keep one of them");
        requester.Skip("path");
        return (requester.RequiredTemplate("url", Where), null);
    }

    static ImmutableArray<KeyValuePair<string, Template>> Templates(Component requester, string key) =>
        [.. requester.Entries(key).Select(entry => KeyValuePair.Create(entry.Key, requester.Compile(entry.Value, Anywhere)))];

    static BodyTemplate? Body(Component requester)
    {
        if (requester.Find("request_body_json") is { } json)
            return Map(requester, json);
        if (requester.Child("request_body") is not { } body)
            return null;
        if (body.Type(null) is { } type and not "RequestBodyJsonObject")
            body.RefuseType(type, "a request body", "RequestBodyJsonObject");
        var value = body.Find("value") is { } node ? Map(body, node) : null;
        body.Close();
        return value;
    }

    static BodyTemplate Map(Component component, YamlNode node)
    {
        if (node is not YamlMap)
            component.Refuse(node, "a map is expected here");
        return BodyOf(component, node);
    }

    static BodyTemplate BodyOf(Component component, YamlNode node) => node switch
    {
        YamlMap map => new BodyTemplate.Map(
            [.. map.Entries.Select(entry => KeyValuePair.Create(entry.Key, BodyOf(component, entry.Value)))]),
        YamlList list => new BodyTemplate.List([.. list.Items.Select(item => BodyOf(component, item))]),
        YamlText { IsPlain: true } text when IsLiteral(text.Value) => new BodyTemplate.Literal(text.Value),
        _ => new BodyTemplate.Leaf(component.Compile(node, Anywhere)),
    };

    static bool IsLiteral(string text) => text is "true" or "false"
        || (text.Length > 0 && (char.IsAsciiDigit(text[0]) || text[0] == '-') && IsJson(text));

    static bool IsJson(string text)
    {
        try
        {
            using var json = System.Text.Json.JsonDocument.Parse(text);
            return true;
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }
}
