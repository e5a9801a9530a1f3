using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Kombo.Testing;

namespace Kombo.Operator.Tests.Process;

/// <summary>The API server as a service account sees it, with the account's own token.</summary>
sealed class ReviewedAccount : IDisposable
{
    static readonly string[] Verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

    readonly HttpClient http;

    ReviewedAccount(HttpClient http) => this.http = http;

    public static async Task<ReviewedAccount> OfAsync(ControlPlaneFixture cluster, string namespaceName, string name)
    {
        var token = await cluster.KubectlAsync("create", "token", name, "-n", namespaceName);
        var server = await cluster.KubectlAsync(
            "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}");
        var handler = new HttpClientHandler
        {
            // The server's certificate is no part of what is tested.
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
        };
        return new(new HttpClient(handler)
        {
            BaseAddress = new(server.TrimEnd('/') + "/"),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token.Trim()) },
        });
    }

    public void Dispose() => http.Dispose();

    /// <summary>Everything that the server has, by its own account: <c>group/resource</c>, group empty for the core;
    /// subresources too.</summary>
    public static async Task<IReadOnlyList<string>> ResourcesAsync(ControlPlaneFixture cluster)
    {
        var groups = JsonNode.Parse(await cluster.KubectlAsync("get", "--raw", "/apis"))!["groups"]!.AsArray()
            .Select(group => group!["preferredVersion"]!["groupVersion"]!.GetValue<string>())
            .Select(version => (Group: version.Split('/')[0], Path: $"/apis/{version}"))
            .Prepend((Group: "", Path: "/api/v1"));
        List<string> found = [];
        foreach (var (group, path) in groups)
            found.AddRange(JsonNode.Parse(await cluster.KubectlAsync("get", "--raw", path))!["resources"]!.AsArray()
                .Select(resource => $"{group}/{resource!["name"]!.GetValue<string>()}"));
        // Everybody may ask what they may do, and who they are.
        return [.. found.Where(resource => !resource.StartsWith("authorization.k8s.io/self", StringComparison.Ordinal))];
    }

    /// <returns>As <c>verb group/resource</c>.</returns>
    public async Task<IReadOnlyList<string>> AllowedAsync(IEnumerable<string> resources, string namespaceName)
    {
        List<string> allowed = [];
        foreach (var resource in resources)
            foreach (var verb in Verbs)
                if (await MayAsync(verb, resource, namespaceName))
                    allowed.Add($"{verb} {resource}");
        return allowed;
    }

    /// <param name="name">Null: any.</param>
    public async Task<bool> MayAsync(string verb, string resource, string namespaceName, string? name = null)
    {
        var (group, rest) = (resource[..resource.IndexOf('/')], resource[(resource.IndexOf('/') + 1)..].Split('/'));
        var review = new JsonObject
        {
            ["apiVersion"] = "authorization.k8s.io/v1",
            ["kind"] = "SelfSubjectAccessReview",
            ["spec"] = new JsonObject
            {
                ["resourceAttributes"] = new JsonObject
                {
                    ["namespace"] = namespaceName,
                    ["verb"] = verb,
                    ["group"] = group,
                    ["resource"] = rest[0],
                    ["subresource"] = rest.Length > 1 ? rest[1] : "",
                    ["name"] = name ?? "",
                },
            },
        };
        using var content = new StringContent(review.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync("apis/authorization.k8s.io/v1/selfsubjectaccessreviews", content);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        return body["status"]!["allowed"]?.GetValue<bool>() == true;
    }

    /// <summary>For real.</summary>
    public async Task<HttpStatusCode> TryAsync(string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (body is not null)
            request.Content = new StringContent(
                body, Encoding.UTF8, method == "PATCH" ? "application/merge-patch+json" : "application/json");
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
