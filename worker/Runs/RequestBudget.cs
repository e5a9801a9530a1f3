using Kombo.Connectors;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Worker.Runs;

/// <summary>The part of one run in its Integration's budget of requests. While nothing limits anything it only looks, every few
/// seconds, whether another run was limited meanwhile: requests cost no call of the database. One request at a time.</summary>
internal sealed partial class RequestBudget(SyncRunContext context, RunHandle run) : IRequestBudget
{
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    readonly RateBudgets budgets = context.Database.Rates;
    readonly RateLimits limits = context.Connector.Rate;
    readonly TimeProvider clock = context.Clock;
    readonly ILogger logger = context.Loggers.CreateLogger<RequestBudget>();
    readonly RequestPace pace = new(context.Clock);
    bool isCounted;
    long? lookedAt;
    long? mostLeft;

    public async Task<RateTurn> AskAsync(CancellationToken cancellationToken)
    {
        if (!isCounted && lookedAt is { } looked && clock.GetElapsedTime(looked) < LookEvery)
            return RateTurn.Now;
        try
        {
            if (!isCounted)
                See(await budgets.IsFreeAsync(run, limits, cancellationToken));
            return isCounted ? await budgets.AskAsync(run, limits, cancellationToken) : RateTurn.Now;
        }
        catch (NpgsqlException failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogAway(run.RunId, failure.Message);
            lookedAt = clock.GetTimestamp();
            return RateTurn.Now;
        }
    }

    public async Task ReportAsync(RateSignal signal, CancellationToken cancellationToken)
    {
        pace.Count();
        mostLeft = signal.Remaining > mostLeft ? signal.Remaining : mostLeft ?? signal.Remaining;
        signal = signal with { Limit = signal.Limit ?? mostLeft, PerSecond = pace.PerSecond() };
        if (!isCounted && !RateRules.IsNews(signal))
            return;
        try
        {
            See(await budgets.ReportAsync(run, limits, signal, cancellationToken));
        }
        catch (NpgsqlException failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogAway(run.RunId, failure.Message);
        }
    }

    void See(bool isFree) => (isCounted, lookedAt) = (!isFree, clock.GetTimestamp());

    // Any statement may fail; a database that stays away is waited for where pages are written.
    [LoggerMessage(5901, LogLevel.Warning, "Run {RunId} asks the source without its share of the rate: {Problem}")]
    partial void LogAway(string runId, string problem);
}

/// <summary>How fast requests go, of late.</summary>
internal sealed class RequestPace(TimeProvider clock)
{
    const int Telling = 5;
    static readonly TimeSpan Measured = TimeSpan.FromSeconds(10);

    long? since;
    int requests;

    public void Count()
    {
        if (since is not { } began || clock.GetElapsedTime(began) > Measured)
            (since, requests) = (clock.GetTimestamp(), 0);
        requests++;
    }

    /// <returns>Null after fewer than five of a while: what a source refuses at once says nothing of how fast it may be asked.</returns>
    public double? PerSecond() => since is { } began && requests >= Telling && clock.GetElapsedTime(began) is { Ticks: > 0 } time
        ? (requests - 1) / time.TotalSeconds : null;
}
