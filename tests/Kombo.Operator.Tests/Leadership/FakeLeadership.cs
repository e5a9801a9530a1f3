using Kombo.Operator.Leadership;

namespace Kombo.Operator.Tests.Leadership;

/// <summary>A lead that the test gives and takes.</summary>
sealed class FakeLeadership : ILeadership, IDisposable
{
    readonly TaskCompletionSource given = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly CancellationTokenSource lost = new();

    public bool IsLeader => given.Task.IsCompleted && !lost.IsCancellationRequested;

    public bool IsOverrun { get; set; }

    public CancellationToken Lost => lost.Token;

    /// <summary>Called when the lead is given back.</summary>
    public Action Released { get; set; } = () => { };

    public void Give() => given.SetResult();

    public Task TakeAsync() => lost.CancelAsync();

    public Task AcquireAsync(CancellationToken cancellationToken) => given.Task.WaitAsync(cancellationToken);

    public Task ReleaseAsync()
    {
        Released();
        return Task.CompletedTask;
    }

    public void Dispose() => lost.Dispose();
}
