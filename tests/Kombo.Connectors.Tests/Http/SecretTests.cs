using System.Text.Json;

namespace Kombo.Connectors.Tests.Http;

/// <summary>Credentials go to the source and nowhere else.</summary>
public sealed class SecretTests
{
    const string Canary = "c4nary-s3cret";

    static readonly SourceSettings Settings = TestSession.Settings with
    {
        Credentials = new SourceCredentials([KeyValuePair.Create("token", Canary + "\n"), KeyValuePair.Create("user", "bob")]),
    };

    public static TheoryData<string, string> Authenticators => new()
    {
        { "{type: BearerAuthenticator, api_token: \"{{ config.token }}\"}", $"Authorization: Bearer {Canary}" },
        { "{type: BasicHttpAuthenticator, username: \"{{ config.token }}\"}", "Authorization: Basic " + Base64($"{Canary}:") },
        { "{type: BasicHttpAuthenticator, username: \"{{ config.user }}\", password: \"{{ config.token }}\"}", "Authorization: Basic " + Base64($"bob:{Canary}") },
        { "{type: ApiKeyAuthenticator, api_token: \"SSWS {{ config.token }}\", header: Authorization}", $"Authorization: SSWS {Canary}" },
        { "{type: ApiKeyAuthenticator, api_token: \"{{ config.token }}\", header: X-Api-Key}", $"X-Api-Key: {Canary}" },
        { "{type: ApiKeyAuthenticator, api_token: \"{{ config.token }}\", inject_into: {type: RequestOption, inject_into: request_parameter, field_name: key}}", $"/teams?key={Canary}" },
    };

    static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    [Theory, MemberData(nameof(Authenticators))]
    public async Task They_reach_the_source_in_their_form_and_are_in_no_message_and_no_log(string authenticator, string expected)
    {
        await using var source = await TestSource.StartAsync(TestSource.Status(500));
        var definition = new TestDefinition { Authenticator = authenticator, Specification = "user: {type: string, airbyte_secret: true}" };
        await using var session = TestSession.Open(definition.Load(), source.Url, Settings);
        var error = await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync());
        var sent = source.Headers.SelectMany(headers => headers.Select(header => $"{header.Key}: {header.Value}")).Concat(source.Asked);
        sent.ShouldContain(expected);
        var shown = string.Join('\n', session.Log.Lines.Concat(session.Waits.Select(wait => wait.ToString())).Append(error.ToString()));
        shown.ShouldNotContain(Canary);
        shown.ShouldNotContain(Base64($"bob:{Canary}"));
    }

    [Fact]
    public void They_are_neither_printed_nor_serialised()
    {
        Settings.ToString().ShouldNotContain(Canary);
        Settings.Credentials.ToString().ShouldBe("SourceCredentials(2 keys)");
        Settings.Credentials.Keys.ShouldBe(["token", "user"]);
        JsonSerializer.Serialize(Settings.Credentials).ShouldNotContain(Canary);
    }

    [Fact]
    public async Task One_that_HTTP_cannot_carry_is_refused_by_the_headers_name()
    {
        await using var source = await TestSource.StartAsync(TestSource.Json("{}"));
        var definition = new TestDefinition { Authenticator = "{type: BearerAuthenticator, api_token: \"{{ config.token }}\"}" };
        await using var session = TestSession.Open(definition.Load(), source.Url, Settings with
        {
            Credentials = new SourceCredentials([KeyValuePair.Create("token", Canary + "\nX-Injected: 1")]),
        });
        var error = await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync());
        error.Kind.ShouldBe(SourceFailure.Configuration);
        error.Message.ShouldContain("Authorization");
        error.ToString().ShouldNotContain(Canary);
        source.Asked.ShouldBeEmpty();
    }
}
