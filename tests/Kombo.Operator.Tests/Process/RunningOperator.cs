using System.Net;
using System.Text.RegularExpressions;
using Kombo.Testing;

namespace Kombo.Operator.Tests.Process;

/// <summary>An operator that a test has started, and what its log says of it.</summary>
sealed partial class RunningOperator(ChildProcess process) : IAsyncDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    public ChildProcess Process => process;

    /// <summary>In the lease, once it leads.</summary>
    public string Identity => LeadingLine().Match(process.Output) is { Success: true } line
        ? line.Groups[1].Value
        : throw new InvalidOperationException($"it does not lead:\n{process.Output}");

    /// <summary>Waits until it listens.</summary>
    public async Task<string> AddressAsync()
    {
        var line = await process.WaitForLineAsync("istening on", Deadline);
        return $"http://127.0.0.1:{PortOfLine().Match(line).Groups[1].Value}";
    }

    public async Task<HttpStatusCode> HealthAsync(string path)
    {
        using var http = new HttpClient { BaseAddress = new(await AddressAsync()) };
        using var answer = await http.GetAsync(path);
        return answer.StatusCode;
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    [GeneratedRegex(@"Leading: (\S+) holds")]
    private static partial Regex LeadingLine();

    [GeneratedRegex(@"http://\S+:(\d+)")]
    private static partial Regex PortOfLine();
}
