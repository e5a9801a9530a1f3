using System.Net.Http.Json;
using System.Text.Json;
using Kombo.Testing;

namespace Kombo.Standalone.Tests.Processes;

/// <summary>The sandbox HR system.</summary>
sealed class SandboxProcess : IAsyncDisposable
{
    readonly ChildProcess process;

    SandboxProcess(ChildProcess process, Uri address) =>
        (this.process, Address, Http) = (process, address.OriginalString, new HttpClient { BaseAddress = address });

    /// <summary>As a parameter of the connector.</summary>
    public string Address { get; }

    /// <summary>For its control surface.</summary>
    public HttpClient Http { get; }

    public static async Task<SandboxProcess> StartAsync(int employees)
    {
        var process = ChildProcess.Start(
            RepositoryRoot.Combine("tests", "Kombo.Sandbox", "bin", "Debug", "net10.0", "kombo-sandbox"), "--employees",
            $"{employees}");
        var line = await process.WaitForLineAsync("listening=", TimeSpan.FromMinutes(1));
        return new SandboxProcess(process, new Uri(line.Split('=')[1]));
    }

    public async Task ControlAsync(string act, object body)
    {
        using var answer = await Http.PostAsJsonAsync($"/control/{act}", body);
        answer.EnsureSuccessStatusCode();
    }

    public async Task<int> HeldAsync() =>
        (await Http.GetFromJsonAsync<JsonElement>("/control/state")).GetProperty("held").GetInt32();

    /// <summary>Requests by collection since they were last cleared.</summary>
    public async Task<IReadOnlyDictionary<string, int>> RequestsAsync() =>
        // always there
        (await Http.GetFromJsonAsync<JsonElement>("/control/requests")).GetProperty("byCollection")
            .Deserialize<Dictionary<string, int>>()!;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await process.DisposeAsync();
    }
}
