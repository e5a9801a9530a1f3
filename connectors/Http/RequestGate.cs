using Kombo.Core.Runs;

namespace Kombo.Connectors.Http;

/// <summary>Sends each try of a request when the Integration's budget lets it, and tells the budget what came of it.</summary>
sealed class RequestGate(SourceSettings settings, TimeProvider clock)
{
    /// <summary>Shorter ones are the pace of requests, not a wait that makes room for others.</summary>
    static readonly TimeSpan WorthTelling = TimeSpan.FromSeconds(10);

    public async Task<Attempt> PassAsync(Func<CancellationToken, Task<Attempt>> attempt, CancellationToken cancellationToken)
    {
        if (settings.Budget is not { } budget)
            return await attempt(cancellationToken);
        var waited = await WaitAsync(budget, cancellationToken);
        var sentAt = clock.GetTimestamp();
        Attempt? made = null;
        try
        {
            return made = await attempt(cancellationToken) with { Waited = waited };
        }
        finally
        {
            var signal = made?.Rate ?? new RateSignal(RateOutcome.Failed);
            await ReportAsync(budget, made, signal with { Took = clock.GetElapsedTime(sentAt) }, cancellationToken);
        }
    }

    static async Task ReportAsync(IRequestBudget budget, Attempt? made, RateSignal signal, CancellationToken cancellationToken)
    {
        try
        {
            if (!cancellationToken.IsCancellationRequested) // the run ends, and with it what it asked for
                await budget.ReportAsync(signal, cancellationToken);
        }
        catch
        {
            made?.Answer?.Dispose(); // nobody gets it
            throw;
        }
    }

    // Whoever has waited for as long as patience lasts asks the source itself.
    async Task<TimeSpan> WaitAsync(IRequestBudget budget, CancellationToken cancellationToken)
    {
        var waited = TimeSpan.Zero;
        string? told = null;
        while (waited < settings.Limits.RateLimitPatience)
        {
            var turn = await budget.AskAsync(cancellationToken);
            if (turn.IsNow)
                break;
            if (turn.Wait >= WorthTelling || (waited >= WorthTelling && told != turn.Reason))
                settings.OnWait?.Invoke(new SourceWait(turn.Reason, clock.GetUtcNow() + turn.Wait, RateLimited: true));
            told = waited + turn.Wait >= WorthTelling ? turn.Reason : told;
            await Task.Delay(turn.Wait, clock, cancellationToken);
            waited += turn.Wait;
        }
        return waited;
    }
}
