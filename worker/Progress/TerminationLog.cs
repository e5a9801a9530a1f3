using Kombo.Core.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Progress;

/// <summary>The file from which the kubelet takes a pod's termination message.</summary>
internal sealed partial class TerminationLog(string? path, ILogger<TerminationLog> logger)
{
    public const string DefaultPath = "/dev/termination-log";

    public async Task WriteAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        if (path is null)
            return;
        try
        {
            await File.WriteAllBytesAsync(path, TerminationMessage.Write(progress), cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogFailed(path, failure.Message);
        }
    }

    [LoggerMessage(5201, LogLevel.Warning, "The result could not be written to {Path}: {Problem}")]
    partial void LogFailed(string path, string problem);
}
