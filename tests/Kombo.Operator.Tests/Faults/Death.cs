using System.Collections.Concurrent;

namespace Kombo.Operator.Tests.Faults;

/// <summary>
/// Ends a process at its nth step. Every call of the API server and of the database is a step before it goes out, and
/// one that writes is a second step when it has taken effect and its answer is on the way. From then on nothing works,
/// as for a dead process.
/// </summary>
/// <param name="at">From 1; 0: never.</param>
sealed class Death(int at)
{
    readonly ConcurrentQueue<string> steps = new();
    readonly TaskCompletionSource come = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int count;

    /// <summary>So far, of a process that lives on.</summary>
    public int Steps => count;

    /// <summary>For messages: what was done before.</summary>
    public IEnumerable<string> Log => steps;

    public bool HasCome => come.Task.IsCompleted;

    public Task Come => come.Task;

    public async Task<T> ReadAsync<T>(string what, Func<Task<T>> act)
    {
        Step($"before {what}");
        var result = await act();
        DemandLife();
        return result;
    }

    public async Task<T> WriteAsync<T>(string what, Func<Task<T>> act)
    {
        Step($"before {what}");
        var result = await act();
        Step($"after {what}");
        return result;
    }

    public void DemandLife()
    {
        if (HasCome)
            throw new DeadException();
    }

    void Step(string what)
    {
        DemandLife();
        steps.Enqueue(what);
        if (Interlocked.Increment(ref count) == at)
            come.TrySetResult();
        DemandLife();
    }
}

/// <summary>The process is dead.</summary>
sealed class DeadException() : IOException("the process is dead");
