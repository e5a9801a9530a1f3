using System.Collections.Concurrent;
using System.Diagnostics;

namespace Kombo.Testing;

/// <summary>
/// Starts processes on one thread that lives as long as the test process: Linux ties a child's parent-death signal to
/// the thread that started it, and threads of the pool come and go.
/// </summary>
internal sealed class ProcessSpawner
{
    readonly BlockingCollection<(Process Process, TaskCompletionSource Done)> waiting = [];

    public ProcessSpawner()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = nameof(ProcessSpawner) };
        thread.Start();
    }

    public void Start(Process process)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.Add((process, done));
        done.Task.GetAwaiter().GetResult();
    }

    void Run()
    {
        foreach (var (process, done) in waiting.GetConsumingEnumerable())
        {
            try
            {
                process.Start();
                done.SetResult();
            }
            catch (Exception failure) when (failure is InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                done.SetException(failure);
            }
        }
    }
}
