using Kombo.Storage;
using Kombo.Testing;
using Xunit.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>A story with an operator, and what <c>kubectl describe</c> says of it.</summary>
public abstract class DescribedStory(FaultPlane plane, ITestOutputHelper output) : IAsyncLifetime
{
    protected static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    Story? begun;
    InProcessOperator? running;

    private protected Story Story => begun ?? throw new InvalidOperationException("not begun");

    private protected FaultPlane Plane => plane;

    private protected InProcessOperator Operator => running ?? throw new InvalidOperationException("not started");

    private protected LogLines Log { get; } = new();

    /// <summary>Of the operator that the test begins with.</summary>
    private protected virtual void Configure(OperatorOptions options)
    {
    }

    public virtual async Task InitializeAsync()
    {
        if (Requirements.SkipReason(FaultPlane.Needs) is not null)
            return;
        begun = await Story.BeginAsync(plane);
        await RestartAsync(plane.Database);
    }

    public virtual async Task DisposeAsync()
    {
        if (running is not null)
            await running.DisposeAsync();
        if (begun is not null)
            await begun.DisposeAsync();
    }

    private protected async Task RestartAsync(KomboDatabase database, Action<OperatorOptions>? configure = null)
    {
        if (running is not null)
            await running.DisposeAsync();
        running = await InProcessOperator.StartAsync(new OperatorSetup
        {
            Namespaces = Story.Namespace,
            Client = plane.Client,
            Database = database,
            Configure = configure ?? Configure,
            Log = Log,
        });
    }

    /// <summary>All of the words come to be said.</summary>
    private protected async Task DescribedAsync(params string[] words)
    {
        var text = await UntilAsync(
            text => words.All(word => text.Contains(word, StringComparison.Ordinal)), $"all of {string.Join(" | ", words)} are in");
        output.WriteLine(text[Math.Max(0, text.IndexOf("Status:", StringComparison.Ordinal))..]); // there may be none
    }

    /// <summary>The condition says that no more.</summary>
    private protected Task HealedAsync(string type, string word) => Story.Chronicle.UntilAsync(
        () => Story.Status.Conditions?.FirstOrDefault(condition => condition.Type == type)?
            .Message.Contains(word, StringComparison.Ordinal) != true,
        $"{type} does not say \"{word}\" any more");

    async Task<string> UntilAsync(Func<string, bool> isSaid, string what)
    {
        var text = "";
        try
        {
            await Eventually.BecomesAsync(
                async () => isSaid(text = await KubectlAsync("describe", "integration", "acme", "-n", Story.Namespace)), Deadline);
            return text;
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"it is not so that {what}:\n{text}\nlog:\n{Log}", exception);
        }
    }

    private protected Task<string> KubectlAsync(params string[] arguments) => plane.Cluster.KubectlAsync(arguments);
}
