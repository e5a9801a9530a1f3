using System.Threading.Channels;
using Kombo.Core.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Progress;

/// <summary>Passes progress on at most once in a while, the newest only, beside the run: neither a slow nor a failing
/// sink holds it up. The first report goes out at once, the last one always.</summary>
internal sealed partial class ProgressReporter : IAsyncDisposable
{
    /// <summary>For one report; the last one of a run gets it three times.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    const int FinalAttempts = 3;

    readonly IProgressSink sink;
    readonly TimeSpan every;
    readonly TimeProvider clock;
    readonly ILogger logger;
    readonly CancellationTokenSource ended = new();
    readonly Channel<RunProgress> newest = Channel.CreateBounded<RunProgress>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    readonly Task loop;
    bool failed;

    public ProgressReporter(IProgressSink sink, TimeSpan every, TimeProvider clock, ILogger logger)
    {
        (this.sink, this.every, this.clock, this.logger) = (sink, every, clock, logger);
        loop = PassOnAsync(ended.Token);
    }

    public void Update(RunProgress progress) => newest.Writer.TryWrite(progress);

    /// <summary>The last report; nothing is passed on after it.</summary>
    public async Task FinishAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        await StopAsync();
        for (var attempt = 1; !await TryReportAsync(progress, cancellationToken) && attempt < FinalAttempts; attempt++)
            await Task.Delay(TimeSpan.FromSeconds(1), clock, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        ended.Dispose();
    }

    async Task PassOnAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await TryReportAsync(await newest.Reader.ReadAsync(cancellationToken), cancellationToken);
                await Task.Delay(every, clock, cancellationToken);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ChannelClosedException)
        {
            // The run is over.
        }
    }

    async Task StopAsync()
    {
        newest.Writer.TryComplete();
        await ended.CancelAsync();
        await loop;
    }

    /// <returns>False if it is worth another try.</returns>
    async Task<bool> TryReportAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await sink.ReportAsync(progress, either.Token);
            failed = false;
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception failure) // whatever it is: reporting never fails a run
        {
            if (!failed)
                LogFailed(
                    progress.RunId,
                    deadline.IsCancellationRequested ? $"no answer within {Patience.TotalSeconds} s" : failure.Message);
            failed = true;
            return false;
        }
    }

    [LoggerMessage(5101, LogLevel.Warning, "Run {RunId} goes on, but its progress could not be reported: {Problem}")]
    partial void LogFailed(string runId, string problem);
}
