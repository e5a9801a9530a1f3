using Kombo.Core.Runs;

namespace Kombo.Connectors;

/// <summary>Decides when the source may be asked; shared by all that ask it for the same Integration.</summary>
public interface IRequestBudget
{
    /// <summary>Asks for leave to send one request.</summary>
    Task<RateTurn> AskAsync(CancellationToken cancellationToken);

    /// <summary>The request that was let through has ended.</summary>
    Task ReportAsync(RateSignal signal, CancellationToken cancellationToken);
}
