using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kombo.Demo;

/// <summary>What a user of the HR system does, and what goes wrong there.</summary>
sealed class Sandbox(Uri address) : IDisposable
{
    readonly HttpClient http = new() { BaseAddress = address };

    public Uri Address { get; } = address;

    public void Dispose() => http.Dispose();

    public async Task<JsonElement> StateAsync() => await http.GetFromJsonAsync<JsonElement>("/control/state");

    public async Task<JsonElement> RequestsAsync() => await http.GetFromJsonAsync<JsonElement>("/control/requests");

    public async Task<int> CountAsync(string collection) =>
        (await StateAsync()).GetProperty("counts").GetProperty(collection).GetInt32();

    public async Task<int> HeldAsync() => (await StateAsync()).GetProperty("held").GetInt32();

    public Task ChangeAsync(string collection, string id, JsonObject fields) =>
        SendAsync(HttpMethod.Patch, $"/control/records/{collection}/{id}", fields);

    public Task DeleteAsync(string collection, string id) =>
        SendAsync(HttpMethod.Delete, $"/control/records/{collection}/{id}", body: null);

    /// <summary>hold, release, throttle, fail, clear.</summary>
    public Task ControlAsync(string act, JsonObject? body = null) =>
        SendAsync(HttpMethod.Post, $"/control/{act}", body ?? []);

    async Task SendAsync(HttpMethod method, string path, JsonObject? body)
    {
        using var request =
            new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }
}
