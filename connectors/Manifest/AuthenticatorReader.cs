using System.Collections.Immutable;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Http;

namespace Kombo.Connectors.Manifest;

/// <summary>Reads the authenticators that need no call of their own, and request options.</summary>
static class AuthenticatorReader
{
    public static Authenticator Read(Component authenticator)
    {
        Authenticator read;
        switch (authenticator.Type(null))
        {
            case "NoAuth":
                read = new Authenticator.None();
                break;
            case "BasicHttpAuthenticator":
                read = new Authenticator.Basic(
                    authenticator.RequiredTemplate("username", Roots.Config),
                    authenticator.Template("password", Roots.Config) ?? Template.Constant(""));
                break;
            case "BearerAuthenticator":
                read = new Authenticator.Bearer(authenticator.RequiredTemplate("api_token", Roots.Config));
                break;
            case "ApiKeyAuthenticator":
                read = ApiKey(authenticator);
                break;
            case var type:
                authenticator.RefuseType(
                    type, "an authenticator", "NoAuth", "BasicHttpAuthenticator", "BearerAuthenticator", "ApiKeyAuthenticator");
                return new Authenticator.None();
        }

        authenticator.Close();
        return read;
    }

    static Authenticator.ApiKey ApiKey(Component authenticator)
    {
        var token = authenticator.RequiredTemplate("api_token", Roots.Config);
        if (authenticator.Text("header") is { } header)
            return new Authenticator.ApiKey(token, new RequestOption(Injection.Header, [header]));
        if (authenticator.Child("inject_into") is { } into)
            return new Authenticator.ApiKey(token, Option(into));
        authenticator.Refuse(authenticator.Node, "header or inject_into is missing");
        return new Authenticator.ApiKey(token, new RequestOption(Injection.Header, ["Authorization"]));
    }

    public static RequestOption Option(Component option)
    {
        if (option.Type("RequestOption") is { } type and not "RequestOption")
            option.RefuseType(type, "a request option", "RequestOption");
        var into = option.OneOf("inject_into", "request_parameter", "header", "body_json") switch
        {
            "header" => Injection.Header,
            "body_json" => Injection.Body,
            _ => Injection.Parameter,
        };
        if (option.Find("inject_into") is null)
            option.Refuse(option.Node, "inject_into is missing");
        var path = option.List("field_path").OfType<YamlText>().Select(key => key.Value).ToImmutableArray();
        if (!path.IsEmpty && into != Injection.Body)
            option.Refuse(option.Node, "field_path is for body_json only; use field_name");
        var read = new RequestOption(into, path.IsEmpty ? [option.RequiredTemplate("field_name", Roots.None).Text(default)] : path);
        option.Close();
        return read;
    }
}
