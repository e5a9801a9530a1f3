using Kombo.Core.Runs;

namespace Kombo.Connectors.Http;

/// <summary>Sends each try of a request when the Integration's budget lets it, and tells the budget what came of it.</summary>
sealed class RequestGate(SourceSettings settings, TimeProvider clock)
{
    /// <summary>Shorter waits are not worth telling.</summary>
    static readonly TimeSpan WorthTelling = TimeSpan.FromSeconds(1);

    public async Task<Attempt> PassAsync(Func<CancellationToken, Task<Attempt>> attempt, CancellationToken cancellationToken)
    {
        if (settings.Budget is not { } budget)
            return await attempt(cancellationToken);
        await WaitAsync(budget, cancellationToken);
        var sentAt = clock.GetTimestamp();
        Attempt? made = null;
        try
        {
            return made = await attempt(cancellationToken);
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
    async Task WaitAsync(IRequestBudget budget, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; waited < settings.Limits.RateLimitPatience;)
        {
            var turn = await budget.AskAsync(cancellationToken);
            if (turn.IsNow)
                return;
            if (waited + turn.Wait >= WorthTelling)
                settings.OnWait?.Invoke(new SourceWait(turn.Reason, clock.GetUtcNow() + turn.Wait, RateLimited: true));
            await Task.Delay(turn.Wait, clock, cancellationToken);
            waited += turn.Wait;
        }
    }
}
