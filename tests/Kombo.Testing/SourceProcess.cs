using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Kombo.Testing;

/// <summary>A real source system (tests/sources) as a process of its own, on a free port of the loopback interface.</summary>
public sealed class SourceProcess : IAsyncDisposable
{
    static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(3);

    readonly ChildProcess process;

    SourceProcess(ChildProcess process, Uri address, string? token)
    {
        this.process = process;
        Address = address;
        Client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = address };
        if (token is not null)
            Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>As <c>http://127.0.0.1:PORT/</c>; SCIM is below it at <c>scim/v2</c>.</summary>
    public Uri Address { get; }

    /// <summary>Speaks to the source with the right token, for what a test does as a user of that system.</summary>
    public HttpClient Client { get; }

    /// <summary>A SCIM 2.0 server with that many users (enterprise extension, managers) and groups; ids as tests/sources/people.mjs has them.</summary>
    /// <param name="users">Number of users; the ids are user-00001 and so on.</param>
    /// <param name="groups">Number of groups; the ids are group-0001 and so on.</param>
    /// <param name="token">The bearer token it asks for; null: none.</param>
    public static Task<SourceProcess> StartScimAsync(int users, int groups, string? token = null) =>
        StartAsync("scim-server.mjs", token, "--users", $"{users}", "--groups", $"{groups}");

    /// <summary>json-server with generated employees and departments.</summary>
    /// <param name="employees">Number of rows at /employees, with ids from 1.</param>
    /// <param name="departments">Number of rows at /departments, with ids from 1.</param>
    /// <param name="token">The bearer token it asks for; null: none.</param>
    public static Task<SourceProcess> StartJsonServerAsync(int employees, int departments, string? token = null) =>
        StartAsync("json-server.mjs", token, "--employees", $"{employees}", "--departments", $"{departments}");

    /// <summary>json-server with the rows of a JSON file, which is not written to.</summary>
    public static Task<SourceProcess> StartJsonServerAsync(string dataFile, string? token = null) =>
        StartAsync("json-server.mjs", token, "--data", dataFile);

    /// <summary>Posts to /control: faults and, for SCIM, changed rows; tests/sources/control.mjs says what there is.</summary>
    /// <param name="command">An anonymous object, as <c>new { faults = new[] { new { kind = "html" } } }</c>.</param>
    public async Task<JsonElement> ControlAsync(object command)
    {
        using var answer = await Client.PostAsJsonAsync("control", command);
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"the source's control answered {(int)answer.StatusCode}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>What was asked of the source so far, oldest first; path and query, and the status answered (0: none).</summary>
    public async Task<IReadOnlyList<SourceRequest>> RequestsAsync()
    {
        var state = await Client.GetFromJsonAsync<JsonElement>("control");
        return [.. state.GetProperty("requests").EnumerateArray().Select(request => new SourceRequest(
            request.GetProperty("method").GetString()!, // always written by control.mjs
            request.GetProperty("url").GetString()!, // likewise
            request.GetProperty("status").GetInt32()))];
    }

    /// <summary>The source goes away, as in an outage.</summary>
    public void Kill() => process.Kill();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await process.DisposeAsync();
    }

    static async Task<SourceProcess> StartAsync(string launcher, string? token, params string[] arguments)
    {
        Requirements.Demand(Need.Sources);
        var process = ChildProcess.Start(new ChildProcessStart
        {
            Program = "node",
            Arguments = [RepositoryRoot.Combine("tests", "sources", launcher), .. arguments, .. token is null ? [] : new[] { "--token", token }],
        });
        try
        {
            const string prefix = "listening=";
            var line = await process.WaitForLineAsync(prefix, StartDeadline);
            return new SourceProcess(process, new Uri(line[prefix.Length..]), token);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }
}
