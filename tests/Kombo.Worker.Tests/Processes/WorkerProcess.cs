using Kombo.Core.Runs;
using Kombo.Testing;

namespace Kombo.Worker.Tests.Processes;

/// <param name="Word">What it left in the termination log; null if nothing.</param>
internal sealed record WorkerEnd(int ExitCode, RunProgress? Word, string Output);

/// <summary>A worker that runs.</summary>
internal sealed class WorkerProcess(ChildProcess process, string terminationLog) : IAsyncDisposable
{
    public ChildProcess Process => process;

    public async Task<WorkerEnd> EndAsync(TimeSpan deadline)
    {
        var code = await process.WaitForExitAsync(deadline);
        var word = File.Exists(terminationLog) ? TerminationMessage.Read(await File.ReadAllTextAsync(terminationLog)) : null;
        return new WorkerEnd(code, word, process.Output);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
