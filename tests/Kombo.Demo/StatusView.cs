using System.Text;
using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Testing;

namespace Kombo.Demo;

/// <summary>The Integration as <c>kombo get --watch</c> shows it: a line of JSON for each change.</summary>
sealed class StatusView(ChildProcess watch, ChildProcess up, CancellationToken interrupted) : IAsyncDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(40);

    int told;

    public ValueTask DisposeAsync() => watch.DisposeAsync();

    /// <summary>Waits until the status is so, and shows what Kombo says meanwhile.</summary>
    public async Task<IntegrationStatus> WaitAsync(Predicate<IntegrationStatus> condition, string what)
    {
        IntegrationStatus? found = null;
        await WaitAsync(() => Task.FromResult(Latest() is { } status && condition(found = status)), what);
        return found!; // set by the condition that came true
    }

    /// <inheritdoc cref="WaitAsync(Predicate{IntegrationStatus}, string)"/>
    public async Task WaitAsync(Func<Task<bool>> condition, string what)
    {
        try
        {
            await Eventually.BecomesAsync(
                () =>
                {
                    Tell();
                    interrupted.ThrowIfCancellationRequested();
                    Story.Check(!up.HasExited, "kombo up has ended");
                    return condition();
                },
                Deadline, what);
        }
        catch (TimeoutException exception)
        {
            throw new CheckException(
                $"{exception.Message}\nThe last status: {watch.Output.Split('\n').LastOrDefault()}");
        }
        finally
        {
            Tell();
        }
    }

    /// <summary>How many of the sync type have succeeded, as far as history goes back.</summary>
    public static IEnumerable<FinishedRun> Finished(IntegrationStatus status, string type) =>
        (status.History ?? []).Where(run => run.Type == type);

    IntegrationStatus? Latest() =>
        watch.StandardOutput.Split('\n').LastOrDefault(line => line.StartsWith('{')) is { } line
        ? CustomResources.Json.Deserialize<V1Alpha1Integration>(Encoding.UTF8.GetBytes(line)).Status
        : null;

    void Tell()
    {
        var lines = up.Output.Split('\n');
        for (; told < lines.Length; told++)
            if (lines[told].Length > 0)
                Story.Say($"| {lines[told]}");
    }
}
