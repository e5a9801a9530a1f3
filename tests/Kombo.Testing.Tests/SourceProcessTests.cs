using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Kombo.Testing;

public sealed class SourceProcessTests
{
    const string Later = "scim/v2/Users?filter=meta.lastModified gt \"2026-06-01T00:00:00Z\"";

    [RequiresFact(Need.Sources)]
    public async Task The_scim_server_pages_filters_and_wants_its_token()
    {
        await using var source = await SourceProcess.StartScimAsync(users: 250, groups: 5, token: "secret");
        using var stranger = new HttpClient { BaseAddress = source.Address };

        (await stranger.GetAsync("scim/v2/Users")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await GetAsync(source, "scim/v2/Users?startIndex=201&count=100")).ShouldBe((250, 50, "user-00201"));
        (await GetAsync(source, "scim/v2/Users?startIndex=301&count=100")).ShouldBe((250, 100, "user-00001"), "beyond the end it begins anew");
        (await GetAsync(source, "scim/v2/Groups")).ShouldBe((5, 5, "group-0001"));
        (await GetAsync(source, Later)).ShouldBe((0, 0, null));
    }

    [RequiresFact(Need.Sources)]
    public async Task Rows_of_the_scim_server_can_be_changed_added_and_deleted()
    {
        await using var source = await SourceProcess.StartScimAsync(users: 10, groups: 1);

        await source.ControlAsync(new { users = new object[] { new { id = "user-00003", title = "Chief" } }, deleteUsers = new[] { "user-00004" } });
        await source.ControlAsync(new { users = new[] { new { id = "user-x", userName = "new@acme.test" } } });

        (await GetAsync(source, Later)).ShouldBe((2, 2, "user-00003"));
        (await GetAsync(source, "scim/v2/Users")).Total.ShouldBe(10);
    }

    [RequiresFact(Need.Sources)]
    public async Task Faults_meet_the_next_requests_and_then_are_over()
    {
        await using var source = await SourceProcess.StartJsonServerAsync(employees: 5, departments: 2);
        await source.ControlAsync(new
        {
            faults = new object[]
            {
                new { kind = "status", status = 429, headers = new Dictionary<string, string> { ["Retry-After"] = "1" }, path = "/employees" },
                new { kind = "truncated", path = "/employees" },
                new { kind = "duplicate", path = "/employees" },
                new { kind = "reset", path = "/employees" },
            },
        });

        (await source.Client.GetStringAsync("departments")).ShouldContain("Engineering");
        using var throttled = await source.Client.GetAsync("employees");
        throttled.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        throttled.Headers.RetryAfter?.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        Should.Throw<JsonException>(await AnswerAsync(source));
        JsonDocument.Parse(await source.Client.GetStringAsync("employees")).RootElement.GetArrayLength().ShouldBe(6);
        await Should.ThrowAsync<HttpRequestException>(() => source.Client.GetStringAsync("employees"), "the connection breaks");
        JsonDocument.Parse(await source.Client.GetStringAsync("employees")).RootElement.GetArrayLength().ShouldBe(5);
        (await source.RequestsAsync()).Count(request => request.Url == "/employees").ShouldBe(5);
    }

    [RequiresFact(Need.Sources)]
    public async Task The_json_server_links_pages_and_filters_by_time()
    {
        await using var source = await SourceProcess.StartJsonServerAsync(employees: 25, departments: 2);

        using var page = await source.Client.GetAsync("employees?_page=1&_limit=10&updated_at_gte=2026-01-01T00:06:00.000Z");

        page.Headers.GetValues("X-Total-Count").ShouldBe(["20"]);
        page.Headers.GetValues("Link").Single().ShouldContain("rel=\"next\"");
    }

    static async Task<Action> AnswerAsync(SourceProcess source)
    {
        var text = await source.Client.GetStringAsync("employees");
        return () => JsonDocument.Parse(text);
    }

    static async Task<(int Total, int Rows, string? First)> GetAsync(SourceProcess source, string address)
    {
        var answer = await source.Client.GetFromJsonAsync<JsonElement>(address);
        var rows = answer.GetProperty("Resources").EnumerateArray().ToArray();
        return (answer.GetProperty("totalResults").GetInt32(), rows.Length, rows is [] ? null : rows[0].GetProperty("id").GetString());
    }
}
