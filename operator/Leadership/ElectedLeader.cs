using Kombo.Kubernetes.LeaderElection;

namespace Kombo.Operator.Leadership;

/// <summary>One of several operators, chosen by a Lease.</summary>
sealed partial class ElectedLeader : ILeadership, IDisposable
{
    readonly LeaderElector elector;
    readonly IHostApplicationLifetime lifetime;
    readonly ILogger logger;
    readonly string identity;
    readonly string lease;
    readonly CancellationTokenSource lost = new();
    readonly CancellationTokenSource ending = new();
    Task holding = Task.CompletedTask;

    public ElectedLeader(LeaderElectionConfig config, IHostApplicationLifetime lifetime, ILogger<ElectedLeader> logger)
    {
        (this.lifetime, this.logger) = (lifetime, logger);
        (identity, lease) = (config.Lock.Identity, config.Lock.Describe());
        elector = new(config);
        elector.OnNewLeader += leader =>
        {
            if (leader.Length == 0)
                LogFree(lease);
            else
                LogLeader(lease, leader);
        };
        elector.OnError += problem => LogFailed(lease, problem.Message);
    }

    public bool IsLeader => elector.IsLeader();

    public bool IsOverrun => elector.IsOverrun();

    public CancellationToken Lost => lost.Token;

    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        LogWaiting(lease, identity);
        await elector.AcquireAsync(cancellationToken);
        LogLeading(lease, identity);
        holding = HoldAsync();
    }

    public async Task ReleaseAsync()
    {
        await ending.CancelAsync();
        await holding;
        try
        {
            if (await elector.ReleaseAsync(CancellationToken.None)) // has a deadline of its own
                LogReleased(lease);
        }
        catch (Exception exception) when (exception is Kubernetes.KubernetesException or OperationCanceledException)
        {
            LogFailed(lease, exception.Message); // then it runs out
        }
    }

    public void Dispose()
    {
        lost.Dispose();
        ending.Dispose();
    }

    async Task HoldAsync()
    {
        try
        {
            await elector.HoldAsync(ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception) // whatever it was, nothing renews the lease any more
        {
            LogFailed(lease, exception.Message);
        }
        LogLost(lease);
        // What was built while leading may be wrong by now: the next life of the process starts anew.
        await lost.CancelAsync();
        lifetime.StopApplication();
    }

    [LoggerMessage(1501, LogLevel.Information, "Waiting for the lease {Lease} as {Identity}")]
    partial void LogWaiting(string lease, string identity);

    [LoggerMessage(1502, LogLevel.Information, "Leading: {Identity} holds the lease {Lease}")]
    partial void LogLeading(string lease, string identity);

    [LoggerMessage(1503, LogLevel.Information, "The lease {Lease} is held by {Leader}")]
    partial void LogLeader(string lease, string leader);

    [LoggerMessage(1504, LogLevel.Warning, "The lease {Lease} could not be read or written: {Problem}")]
    partial void LogFailed(string lease, string problem);

    [LoggerMessage(1505, LogLevel.Critical,
        "Lost the lease {Lease}: it could not be renewed in time, or another operator has it; ending, to start anew")]
    partial void LogLost(string lease);

    [LoggerMessage(1506, LogLevel.Information, "Gave the lease {Lease} back")]
    partial void LogReleased(string lease);

    [LoggerMessage(1507, LogLevel.Information, "The lease {Lease} is free")]
    partial void LogFree(string lease);
}
