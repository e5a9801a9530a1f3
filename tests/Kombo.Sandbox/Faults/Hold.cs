namespace Kombo.Sandbox.Faults;

/// <summary>A gate for pages: the first ones pass, the others wait.</summary>
/// <param name="collection">Null: all collections.</param>
/// <param name="passes">Pages that still pass.</param>
sealed class Hold(string? collection, int passes)
{
    readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int left = passes;
    int waiting;

    public int Waiting => Volatile.Read(ref waiting);

    public void Release() => released.TrySetResult();

    public async Task PassAsync(string asked, CancellationToken cancellationToken)
    {
        if ((collection is not null && collection != asked) || Interlocked.Decrement(ref left) >= 0)
            return;
        Interlocked.Increment(ref waiting);
        try
        {
            await released.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }
}
