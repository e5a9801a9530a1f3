using Kombo.Core.Runs;

namespace Kombo.Storage.Registry;

/// <summary>One run as the database has it.</summary>
public sealed record RunRow
{
    public required string IntegrationId { get; init; }
    public required SyncType Type { get; init; }
    public required string Trigger { get; init; }

    /// <summary>How often a worker has started it.</summary>
    public required int Attempts { get; init; }

    /// <summary>By the database's clock.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Id, result, reason, message, end and counts; no result while it goes on.</summary>
    public required RunProgress Progress { get; init; }
}
