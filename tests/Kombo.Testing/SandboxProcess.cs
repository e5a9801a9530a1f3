using System.Net.Http.Json;
using System.Text.Json;

namespace Kombo.Testing;

/// <summary>The sandbox HR system (tests/Kombo.Sandbox) as a process of its own, on a free port of the loopback interface.</summary>
public sealed class SandboxProcess : IAsyncDisposable
{
    public const string Token = "sandbox-token";

    static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(1);
    static readonly Lazy<string> Program = new(Find);

    readonly ChildProcess process;
    readonly HttpClient client;

    SandboxProcess(ChildProcess process, Uri address)
    {
        this.process = process;
        Address = address;
        client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = address };
    }

    /// <summary>As <c>http://127.0.0.1:PORT/</c>; the connector's <c>baseUrl</c> is the same without the slash.</summary>
    public Uri Address { get; }

    public static async Task<SandboxProcess> StartAsync(int employees)
    {
        var process = ChildProcess.Start("dotnet", Program.Value, "--employees", $"{employees}", "--token", Token);
        try
        {
            const string prefix = "listening=";
            var line = await process.WaitForLineAsync(prefix, StartDeadline);
            return new SandboxProcess(process, new Uri(line[prefix.Length..]));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Rows of each collection.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountsAsync() =>
        (await StateAsync()).GetProperty("counts").Deserialize<Dictionary<string, int>>(JsonSerializerOptions.Web) ?? [];

    /// <summary>Requests that wait because of a hold.</summary>
    public async Task<int> HeldAsync() => (await StateAsync()).GetProperty("held").GetInt32();

    /// <summary>Posts to <c>/control</c>; what there is stands in the sandbox's ControlEndpoints.</summary>
    /// <param name="act">E.g. <c>fail</c> or <c>records/employees</c>.</param>
    public async Task ControlAsync(string act, object body)
    {
        using var answer = await client.PostAsJsonAsync($"control/{act}", body);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>What it answered and refused since it was last told to limit the rate.</summary>
    public async Task<(int Answered, int Refused)> LimitedAsync()
    {
        var counts = await client.GetFromJsonAsync<JsonElement>("control/limit");
        return (counts.GetProperty("answered").GetInt32(), counts.GetProperty("refused").GetInt32());
    }

    /// <summary>Sets fields of a row; moves its <c>updated_at</c>.</summary>
    public async Task ChangeAsync(string collection, string id, object fields)
    {
        using var answer = await client.PatchAsJsonAsync($"control/records/{collection}/{id}", fields);
        answer.EnsureSuccessStatusCode();
    }

    public async Task DeleteAsync(string collection, string id)
    {
        using var answer = await client.DeleteAsync(new Uri($"control/records/{collection}/{id}", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>What was asked for since the log was last cleared, oldest first, as "collection?query".</summary>
    public async Task<IReadOnlyList<string>> RequestsAsync()
    {
        var log = await client.GetFromJsonAsync<JsonElement>("control/requests");
        return [.. log.GetProperty("newest").EnumerateArray().Select(request =>
            $"{request.GetProperty("collection").GetString()}{request.GetProperty("query").GetString()}")];
    }

    public async Task ClearRequestsAsync()
    {
        using var answer = await client.DeleteAsync(new Uri("control/requests", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await process.DisposeAsync();
    }

    Task<JsonElement> StateAsync() => client.GetFromJsonAsync<JsonElement>("control/state");

    static string Find()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory); // …/bin/Debug/net10.0
        var built = RepositoryRoot.Combine(
            "tests", "Kombo.Sandbox", "bin", output.Parent?.Name ?? "Debug", output.Name, "kombo-sandbox.dll");
        return File.Exists(built)
            ? built
            : throw new FileNotFoundException($"the sandbox is not built: {built} does not exist; run dotnet build tests/Kombo.Sandbox");
    }
}
