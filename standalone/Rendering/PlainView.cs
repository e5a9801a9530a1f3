using Kombo.Crds;
using Kombo.Kubernetes;

namespace Kombo.Standalone.Rendering;

/// <summary>A line for each thing that happens, with its time (UTC): for logs, pipes and terminals without
/// colour.</summary>
internal sealed class PlainView(TextWriter output, TextWriter errors, TimeProvider clock) : IProgressView
{
    readonly Lock gate = new();

    public void Changed(V1Alpha1Integration? before, V1Alpha1Integration after)
    {
        foreach (var line in ProgressLines.Between(before, after, clock.GetUtcNow()))
            WriteLine(line);
    }

    public void Removed(V1Alpha1Integration integration) =>
        WriteLine($"{integration.Namespace()}/{integration.Name()}: deleted");

    public void WriteLine(string line) => Write(output, line);

    public void WriteWarning(string line) => Write(errors, line);

    public Task RunAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    void Write(TextWriter writer, string line)
    {
        var now = clock.GetUtcNow();
        lock (gate)
        {
            writer.WriteLine($"{Times.Clock(now, now)} {line}");
            writer.Flush();
        }
    }
}
