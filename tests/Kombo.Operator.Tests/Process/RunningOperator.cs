using System.Globalization;
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

    public async Task<HttpStatusCode> HealthAsync(string path)
    {
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{(await PortsAsync()).Health}") };
        using var answer = await http.GetAsync(path);
        return answer.StatusCode;
    }

    /// <summary>What Prometheus would read.</summary>
    public async Task<string> MetricsAsync()
    {
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{(await PortsAsync()).Metrics}") };
        return await http.GetStringAsync("/metrics");
    }

    /// <summary>Waits until it listens.</summary>
    public async Task<(int Health, int Metrics)> PortsAsync()
    {
        var ports = PortsLine().Match(await process.WaitForLineAsync("Health on port", Deadline));
        return (Number(ports.Groups[1].Value), Number(ports.Groups[2].Value));
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    [GeneratedRegex(@"Leading: (\S+) holds")]
    private static partial Regex LeadingLine();

    static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Health on port (\d+), metrics on port (\d+)")]
    private static partial Regex PortsLine();
}
