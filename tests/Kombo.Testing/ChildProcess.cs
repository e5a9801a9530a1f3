using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kombo.Testing;

/// <summary>
/// A program that a test started. Its output is kept line by line; it is ended with the test, and by the system when
/// the test process is killed.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    const int SigTerm = 15;
    const int SigContinue = 18;
    const int SigStop = 19;
    static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(10);
    static readonly TimeSpan TimeToDrain = TimeSpan.FromSeconds(1);
    static readonly ProcessSpawner Spawner = new();

    readonly Lock gate = new();
    readonly Process process;
    readonly Task exited;
    ImmutableList<OutputLine> lines = [];
    TaskCompletionSource changed = NewSignal();

    ChildProcess(ChildProcessStart start)
    {
        Name = Path.GetFileName(start.Program);
        process = new Process { StartInfo = start.ToStartInfo(), EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Add(line.Data, isError: false);
        process.ErrorDataReceived += (_, line) => Add(line.Data, isError: true);
        var ended = NewSignal();
        process.Exited += (_, _) => ended.TrySetResult();
        Spawner.Start(process);
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        exited = DrainAsync(ended.Task);
    }

    public string Name { get; }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>Everything written so far, standard output and standard error together.</summary>
    public string Output => string.Join('\n', lines.Select(line => line.Text));

    /// <summary>Standard output alone, so far.</summary>
    public string StandardOutput => string.Join('\n', lines.Where(line => !line.IsError).Select(line => line.Text));

    public static ChildProcess Start(ChildProcessStart start) => new(start);

    public static ChildProcess Start(string program, params string[] arguments) => new(new() { Program = program, Arguments = [.. arguments] });

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its standard output.</returns>
    /// <exception cref="InvalidOperationException">It ended with another code than 0; carries its output.</exception>
    /// <exception cref="TimeoutException">It was still running at the deadline, and has been ended.</exception>
    public static async Task<string> RunAsync(ChildProcessStart start, TimeSpan deadline)
    {
        await using var child = new ChildProcess(start);
        var code = await child.WaitForExitAsync(deadline);
        if (code != 0)
            throw new InvalidOperationException($"{child.Name} {string.Join(' ', start.Arguments)} ended with {code}:\n{child.Output}");
        return child.StandardOutput;
    }

    /// <summary>Waits for a line that holds a text, among those written already or to come.</summary>
    /// <returns>The whole line.</returns>
    /// <exception cref="TimeoutException">It did not come in time; carries the output.</exception>
    /// <exception cref="InvalidOperationException">The program ended without it; carries the output.</exception>
    public async Task<string> WaitForLineAsync(string text, TimeSpan deadline)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var (seen, signal) = Snapshot();
            if (seen.FirstOrDefault(line => line.Text.Contains(text, StringComparison.Ordinal)) is { } found)
                return found.Text;
            if (exited.IsCompleted && ReferenceEquals(seen, lines))
                throw new InvalidOperationException($"{Name} ended with {process.ExitCode} before it wrote \"{text}\":\n{Output}");
            var left = deadline - Stopwatch.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
                throw new TimeoutException($"{Name} did not write \"{text}\" within {deadline.TotalSeconds:0.#} s:\n{Output}");
            await Task.WhenAny(signal, exited, Task.Delay(left, TimeProvider.System));
        }
    }

    /// <summary>Waits until the program has ended and all its output is here.</summary>
    /// <returns>Its exit code; 128 + the signal's number when a signal ended it.</returns>
    /// <exception cref="TimeoutException">It was still running at the deadline; carries the output.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan deadline)
    {
        try
        {
            await exited.WaitAsync(deadline);
            return process.ExitCode;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Name} was still running after {deadline.TotalSeconds:0.#} s:\n{Output}");
        }
    }

    /// <summary>SIGTERM: asks the program to stop.</summary>
    public void Terminate()
    {
        if (!process.HasExited)
            _ = SendSignal(process.Id, SigTerm);
    }

    /// <summary>SIGSTOP: the program stands still until it is resumed.</summary>
    public void Pause() => _ = SendSignal(process.Id, SigStop);

    /// <summary>SIGCONT.</summary>
    public void Resume() => _ = SendSignal(process.Id, SigContinue);

    /// <summary>SIGKILL, to the program and to those it started.</summary>
    public void Kill()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
    }

    public async ValueTask DisposeAsync()
    {
        Terminate();
        await Task.WhenAny(exited, Task.Delay(TimeToStop, TimeProvider.System));
        Kill();
        await Task.WhenAny(exited, Task.Delay(TimeToStop, TimeProvider.System));
        process.Dispose();
    }

    // The rest of the output is waited for, but not for ever: what the program left running may hold its pipes open.
    async Task DrainAsync(Task ended)
    {
        await ended;
        await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(TimeToDrain, TimeProvider.System));
    }

    void Add(string? text, bool isError)
    {
        if (text is null)
            return;
        lock (gate)
        {
            lines = lines.Add(new OutputLine(text, isError));
            changed.TrySetResult();
            changed = NewSignal();
        }
    }

    (ImmutableList<OutputLine> Lines, Task Changed) Snapshot()
    {
        lock (gate)
            return (lines, changed.Task);
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int SendSignal(int process, int signal);

    sealed record OutputLine(string Text, bool IsError);
}
