using System.Runtime.InteropServices;

namespace Kombo.Worker.Commands;

/// <summary>SIGTERM and SIGINT as a token. A second SIGINT ends the process at once.</summary>
internal sealed class StopSignal : IDisposable
{
    readonly CancellationTokenSource stopping = new();
    readonly PosixSignalRegistration[] registrations;

    StopSignal() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
    ];

    public CancellationToken Token => stopping.Token;

    public static StopSignal Listen() => new();

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        stopping.Dispose();
    }

    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = signal.Signal == PosixSignal.SIGTERM || !stopping.IsCancellationRequested;
        stopping.Cancel();
    }
}
