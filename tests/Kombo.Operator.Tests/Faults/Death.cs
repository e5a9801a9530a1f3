using System.Collections.Concurrent;

namespace Kombo.Operator.Tests.Faults;

/// <summary>
/// Ends a process at its nth step. Every call that writes, to the API server or to the database, is a step before it goes
/// out and another one when it has taken effect and its answer is on the way. A call that reads is none: who dies at it
/// leaves what the last write left. From the death on nothing works.
/// </summary>
/// <param name="at">Of the steps of this kind, from 1; 0: never.</param>
/// <param name="kind">How it begins, such as <c>after create V1Job</c>.</param>
sealed class Death(int at, string kind = "")
{
    readonly ConcurrentQueue<string> steps = new();
    readonly TaskCompletionSource come = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int count;

    /// <summary>So far, of a process that lives on.</summary>
    public int Steps => steps.Count;

    /// <summary>For messages: what was done before.</summary>
    public IEnumerable<string> Log => steps;

    public bool HasCome => come.Task.IsCompleted;

    public Task Come => come.Task;

    public async Task<T> ReadAsync<T>(Func<Task<T>> act)
    {
        DemandLife();
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

    public override string ToString() => $"dead at step {at} {kind}, {steps.LastOrDefault()}";

    void Step(string what)
    {
        DemandLife();
        steps.Enqueue(what);
        if (what.StartsWith(kind, StringComparison.Ordinal) && Interlocked.Increment(ref count) == at)
            come.TrySetResult();
        DemandLife();
    }
}

/// <summary>The process is dead.</summary>
sealed class DeadException() : IOException("the process is dead");
